import { useTranslation } from "react-i18next";
import type { Forms } from "../api/client";
import style from "./admin.module.css";
import { Listing } from "./Listing";
import { Moment } from "./Moment";

type LogRecord = Forms["RecordDto"];

/** Records of the audit log. Of one that cannot be read only the place is said. */
export function LogRecords({ records }: { records: readonly LogRecord[] }) {
  const { t } = useTranslation("admin");
  const about = (record: LogRecord) => (
    <>
      {record.resource} <span className={`figure ${style.code}`}>{record.resource_id}</span>
    </>
  );
  return (
    <Listing
      caption={t("records")}
      rows={records}
      name={(record) => record.place}
      empty={t("noRecords")}
      columns={[
        { head: t("place"), cell: (record) => record.place, figure: true },
        { head: t("at"), cell: (record) => (record.readable ? <Moment ms={record.at_ms} /> : <b>{`! ${t("unreadable")}`}</b>) },
        { head: t("actor"), cell: (record) => <bdi>{record.actor}</bdi> },
        { head: t("action"), cell: (record) => record.action, figure: true },
        { head: t("about"), cell: about },
        { head: t("patient"), cell: (record) => <span className={style.code}>{record.patient ?? "—"}</span>, figure: true },
        { head: t("outcome"), cell: (record) => (record.outcome ? t(`outcome_${record.outcome}`, record.outcome) : "—") },
        { head: t("count"), cell: (record) => record.count ?? 1, figure: true },
      ]}
    />
  );
}
