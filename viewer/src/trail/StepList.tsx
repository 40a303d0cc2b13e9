import { useTranslation } from "react-i18next";
import page from "../patient/Patient.module.css";
import { SIGNS } from "./Graph";
import type { Layout } from "./layout";

/** The same run as a list, in order: for readers who cannot see the picture. */
export function StepList({ layout, choose }: { layout: Layout; choose: (id: number) => void }) {
  const { t } = useTranslation(["trail", "vocabulary"]);
  return (
    <details className={page.details}>
      <summary>{t("trail:asList")}</summary>
      <div className={page.scroll} tabIndex={0} role="region" aria-label={t("trail:asList")}>
        <table className={page.table}>
          <caption>{t("trail:listCaption")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("trail:stage")}</th>
              <th scope="col">{t("trail:what")}</th>
              <th scope="col">{t("trail:why")}</th>
              <th scope="col">{t("trail:decided")}</th>
            </tr>
          </thead>
          <tbody>
            {layout.steps.map(({ step }) => (
              <tr key={step.id}>
                <th scope="row">{t(`vocabulary:stage_${step.stage}`, { defaultValue: step.stage })}</th>
                <td className={page.wide}>
                  <button type="button" className={page.textButton} onClick={() => choose(step.id)}>
                    <bdi lang="en">{step.title}</bdi>
                  </button>
                </td>
                <td className={page.wide}>
                  <bdi lang="en">{step.why}</bdi>
                </td>
                <td>
                  {SIGNS[step.by] ?? ""} {t(`vocabulary:by_${step.by}`, { defaultValue: step.by })}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
