import { useTranslation } from "react-i18next";
import { CURVES, REGIONS } from "../patient/chartForm";
import chart from "../patient/Chart.module.css";
import page from "../patient/Patient.module.css";
import { ResponseWord } from "../patient/ResponseWord";
import { StateChip } from "../patient/StateChip";

const STATES = [
  "received", "analysing", "held", "failed", "preliminary", "verified", "amended", "rejected",
] as const;
const RESPONSES = ["CR", "PR", "SD", "PD", null] as const;

/** What each state, response and region means, beside the mark that stands for it. */
export function Meanings() {
  const { t } = useTranslation(["help", "vocabulary"]);
  return (
    <div className={page.cards}>
      <section className={page.card} aria-labelledby="states">
        <h3 id="states">{t("help:states")}</h3>
        <dl className={page.facts}>
          {STATES.map((state) => [
            <dt key={`${state} mark`}>
              <StateChip state={state} />
            </dt>,
            <dd key={state}>{t(`help:state_${state}`)}</dd>,
          ])}
        </dl>
      </section>
      <section className={page.card} aria-labelledby="responses">
        <h3 id="responses">{t("help:responses")}</h3>
        <dl className={page.stacked}>
          {RESPONSES.map((response) => [
            <dt key={`${response} mark`}>
              <ResponseWord response={response} />
            </dt>,
            <dd key={response}>{t(`help:response_${response ?? "none"}`)}</dd>,
          ])}
        </dl>
      </section>
      <section className={page.card} aria-labelledby="regions">
        <h3 id="regions">{t("help:regions")}</h3>
        <dl className={page.stacked}>
          {REGIONS.map((region) => [
            <dt key={`${region} mark`}>
              <svg className={`${chart.swatch} ${chart.chart}`} width={34} height={12} aria-hidden="true">
                <line
                  x1={1}
                  x2={33}
                  y1={6}
                  y2={6}
                  strokeWidth={2.5}
                  style={{ stroke: CURVES[region].colour }}
                  strokeDasharray={CURVES[region].dash}
                />
              </svg>
              <b>{CURVES[region].letter}</b> {t(`vocabulary:region_${region}`)}
            </dt>,
            <dd key={region}>{t(`help:region_${region}`)}</dd>,
          ])}
        </dl>
      </section>
    </div>
  );
}
