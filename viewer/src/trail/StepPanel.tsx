import { useTranslation } from "react-i18next";
import { bytesShown, plain } from "../patient/figure";
import page from "../patient/Patient.module.css";
import type { Step } from "./forms";
import { SIGNS } from "./Graph";
import styles from "./Trail.module.css";

function Model({ model }: { model: Step["model"] }) {
  if (typeof model === "string") return <bdi>{model}</bdi>;
  if (!model) return null;
  return (
    <>
      <bdi className="figure">
        {model.name} {model.version}
      </bdi>
      <div className={`${styles.hash} figure`}>SHA-256 {model.sha256}</div>
    </>
  );
}

/** Everything about one step: what, why, with which numbers and model, and what it left behind. */
export function StepPanel({ step }: { step: Step | undefined }) {
  const { t } = useTranslation(["trail", "vocabulary"]);
  if (!step) return <p className={page.aside}>{t("trail:choose")}</p>;
  return (
    <div className={page.card} data-by={step.by}>
      <h3 lang="en">
        <bdi>{step.title}</bdi>
      </h3>
      <dl className={page.facts}>
        <dt>{t("trail:stage")}</dt>
        <dd>{t(`vocabulary:stage_${step.stage}`, { defaultValue: step.stage })}</dd>
        <dt>{t("trail:decided")}</dt>
        <dd>
          {SIGNS[step.by] ?? ""} {t(`vocabulary:by_${step.by}`, { defaultValue: step.by })}
        </dd>
        <dt>{t("trail:why")}</dt>
        <dd>
          <bdi lang="en">{step.why}</bdi>
        </dd>
        {step.cost_cpu_ms === null ? null : (
          <>
            <dt>{t("trail:cost")}</dt>
            <dd>
              <span className="figure">{plain(step.cost_cpu_ms / 1000, 1)} s</span>
            </dd>
          </>
        )}
        {step.model ? (
          <>
            <dt>{t("trail:model")}</dt>
            <dd>
              <Model model={step.model} />
            </dd>
          </>
        ) : null}
      </dl>
      {step.artefacts.length > 0 ? (
        <>
          <h3>{t("trail:files")}</h3>
          <ul className={page.needed}>
            {step.artefacts.map((it) => (
              <li key={it.name}>
                <a href={it.href} download>
                  <bdi>{it.name}</bdi>
                </a>{" "}
                <span className={`${page.aside} figure`}>{bytesShown(it.bytes)}</span>
                <div className={`${styles.hash} figure`}>SHA-256 {it.sha256}</div>
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </div>
  );
}
