import "../report/words";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { bytesShown, percent, plain } from "../patient/figure";
import page from "../patient/Patient.module.css";
import { Needed } from "../patient/Verdicts";
import { addressOf, documentsOf } from "../report/asks";
import type { Artefact, Step } from "./forms";
import { SIGNS } from "./Graph";
import styles from "./Trail.module.css";

/** Stages whose step left the objects that are the result. */
const AUTHORS = ["author", "deliver"];

/** The objects of the study, under the steps that wrote and sent them. */
function Objects({ study }: { study: string }) {
  const { t } = useTranslation("report");
  const list = useQuery(documentsOf(study));
  const current = list.data?.documents.filter((it) => it.state === "current" && it.bytes) ?? [];
  return (
    <ul className={page.needed}>
      {current.map((it) => (
        <li key={it.uid}>
          <a href={addressOf(study, it.uid)} download>
            {t(`kind_${it.kind}`, { defaultValue: it.kind })}
          </a>{" "}
          <span className={`${page.aside} figure`}>{bytesShown(it.bytes ?? 0)}</span>
        </li>
      ))}
    </ul>
  );
}

/** Files of a step, each with its digest. */
function Files({ files }: { files: readonly Artefact[] }) {
  return (
    <ul className={page.needed}>
      {files.map((it) => (
        <li key={it.name}>
          <a href={it.href} download>
            <bdi>{it.name}</bdi>
          </a>{" "}
          <span className={`${page.aside} figure`}>{bytesShown(it.bytes)}</span>
          <div className={`${styles.hash} figure`}>SHA-256 {it.sha256}</div>
        </li>
      ))}
    </ul>
  );
}

/** The row of the criteria that fired, with its numbers. */
function Rule({ rule }: { rule: NonNullable<Step["rule"]> }) {
  const { t } = useTranslation("vocabulary");
  return (
    <>
      <dt>{t("rule")}</dt>
      <dd>
        <bdi>{rule.criteria}</bdi> <code>{rule.rule}</code>
        {rule.verified ? null : <div className={page.aside}>{t("secondhand")}</div>}
      </dd>
      <dt>{t("versus_reference")}</dt>
      <dd>
        <span className="figure">{percent(rule.change_from_reference_percent)}</span>
      </dd>
      <dt>{t("versus_nadir")}</dt>
      <dd>
        <span className="figure">{percent(rule.change_from_nadir_percent)}</span>
      </dd>
      <dt>{t("source")}</dt>
      <dd>
        <bdi lang="en">{rule.source}</bdi>
      </dd>
      {rule.missing.length > 0 ? (
        <>
          <dt>{t("needed")}</dt>
          <dd>
            <Needed missing={rule.missing} />
          </dd>
        </>
      ) : null}
    </>
  );
}

/** Everything about one step: what, why, with which numbers and model, and what it left behind. */
export function StepPanel({ study, step }: { study: string; step: Step | undefined }) {
  const { t } = useTranslation(["trail", "vocabulary"]);
  if (!step) return <p className={page.aside}>{t("trail:choose")}</p>;
  const files = step.artefacts ?? [];
  const hasObjects = AUTHORS.includes(step.stage);
  return (
    <div className={page.card} data-by={step.by}>
      <h3 lang="en">
        <bdi>{step.title}</bdi>
      </h3>
      <dl className={page.facts}>
        <dt>{t("trail:stage")}</dt>
        <dd>
          {t(`vocabulary:stage_${step.stage}`, { defaultValue: step.stage })}
          {step.timepoint ? <span className="figure"> {step.timepoint}</span> : null}
        </dd>
        <dt>{t("trail:decided")}</dt>
        <dd>
          {SIGNS[step.by] ?? ""} {t(`vocabulary:by_${step.by}`, { defaultValue: step.by })}
        </dd>
        <dt>{t("trail:why")}</dt>
        <dd>
          <bdi lang="en">{step.why || "–"}</bdi>
        </dd>
        {step.rule ? <Rule rule={step.rule} /> : null}
        {typeof step.cost_cpu_ms === "number" ? (
          <>
            <dt>{t("trail:cost")}</dt>
            <dd>
              <span className="figure">{plain(step.cost_cpu_ms / 1000, 1)} s</span>
            </dd>
          </>
        ) : null}
        {step.model ? (
          <>
            <dt>{t("trail:model")}</dt>
            <dd>
              <bdi className="figure">
                {step.model.name} {step.model.version}
              </bdi>
              <div className={`${styles.hash} figure`}>SHA-256 {step.model.sha256}</div>
            </dd>
          </>
        ) : null}
      </dl>
      {files.length > 0 || hasObjects ? <h3>{t("trail:files")}</h3> : null}
      {files.length > 0 ? <Files files={files} /> : null}
      {hasObjects ? <Objects study={study} /> : null}
    </div>
  );
}
