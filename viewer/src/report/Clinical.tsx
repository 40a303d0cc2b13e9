import { useTranslation } from "react-i18next";
import type { Timeline } from "../patient/forms";
import page from "../patient/Patient.module.css";

/** What the clinical record says: treatments, and what the clinic wants to know. */
export function Clinical({ timeline }: { timeline: Timeline }) {
  const { t } = useTranslation(["report", "patient"]);
  return (
    <>
      <section aria-labelledby="context">
        <h2 id="context">{t("report:context")}</h2>
        {timeline.events.length === 0 ? <p className={page.aside}>{t("report:comesWithRecord")}</p> : null}
        <ul className={page.needed}>
          {timeline.events.map((event) => (
            <li key={event.kind + event.from + event.text}>
              {t(`patient:event_${event.kind}`)}{" "}
              <span className="figure">
                {event.from}
                {event.to ? ` – ${event.to}` : ""}
              </span>
              : <bdi>{event.text}</bdi> <span className={page.aside}>(<bdi>{event.source}</bdi>)</span>
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby="questions">
        <h2 id="questions">{t("report:questions")}</h2>
        <p className={page.aside}>{t("report:comesWithRecord")}</p>
      </section>
    </>
  );
}
