import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { percent } from "./figure";
import type { Verdict } from "./forms";
import styles from "./Patient.module.css";
import { ResponseWord } from "./ResponseWord";
import { keyed } from "./vocabulary";

/** What would be needed, in the reader's words. */
export function Needed({ missing }: { missing: readonly string[] }) {
  const { t } = useTranslation("vocabulary");
  const word = (text: string) =>
    t(keyed("missing", text), { defaultValue: text });
  return (
    <ul className={styles.needed}>
      {missing.map((text) => (
        <li key={text}>{word(text)}</li>
      ))}
    </ul>
  );
}

function VerdictCard({ verdict }: { verdict: Verdict }) {
  const { t } = useTranslation("vocabulary");
  const changes = [
    ["versus_reference", verdict.change_from_reference_percent],
    ["versus_nadir", verdict.change_from_nadir_percent],
  ] as const;
  return (
    <article className={styles.card} aria-label={verdict.criteria}>
      <h3>
        <bdi>{verdict.criteria}</bdi>
      </h3>
      <dl className={styles.facts}>
        <dt>{t("imaging")}</dt>
        <dd>
          <ResponseWord response={verdict.imaging} />
        </dd>
        <dt>{t("overall")}</dt>
        <dd>
          <ResponseWord response={verdict.overall} />
        </dd>
        {changes.map(([word, change]) =>
          change === null || change === undefined ? null : (
            <Fragment key={word}>
              <dt>{t(word)}</dt>
              <dd>
                <span className="figure">{percent(change)}</span>
              </dd>
            </Fragment>
          ),
        )}
        <dt>{t("rule")}</dt>
        <dd>
          <code>{verdict.rule}</code>
        </dd>
        <dt>{t("because")}</dt>
        <dd>
          <bdi lang="en">{verdict.because}</bdi>
        </dd>
        <dt>{t("source")}</dt>
        <dd>
          <bdi lang="en">{verdict.source}</bdi>
          {verdict.verified ? null : <div className={styles.aside}>{t("secondhand")}</div>}
        </dd>
        {verdict.missing.length > 0 ? (
          <>
            <dt>{t("needed")}</dt>
            <dd>
              <Needed missing={verdict.missing} />
            </dd>
          </>
        ) : null}
      </dl>
    </article>
  );
}

/** The word of each criteria table, the row that fired, its numbers and its source. */
export function Verdicts({ verdicts }: { verdicts: readonly Verdict[] }) {
  const { t } = useTranslation("vocabulary");
  if (verdicts.length === 0) return <p className={styles.aside}>{t("noVerdicts")}</p>;
  return (
    <div className={styles.cards}>
      {verdicts.map((verdict) => (
        <VerdictCard key={verdict.criteria} verdict={verdict} />
      ))}
    </div>
  );
}
