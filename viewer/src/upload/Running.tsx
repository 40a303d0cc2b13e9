import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useNews } from "./news";
import { Stages } from "./Stages";
import style from "./upload.module.css";

/** Analyses that were just started, as they go on. */
export function Running({ studies }: { studies: readonly string[] }) {
  const { t } = useTranslation("upload");
  const news = useNews(studies);
  return (
    <>
      <Text size="sm" c="dimmed" role="status">
        {news.isCutOff ? t("cutOff") : t("live")}
      </Text>
      {studies.map((study) => (
        <section key={study} className={style.card} aria-label={`${t("analysing")} ${study}`}>
          <h2>
            {t("analysing")} <span className="figure">{study}</span>
          </h2>
          <Stages study={study} job={news.jobs[study]} />
        </section>
      ))}
    </>
  );
}
