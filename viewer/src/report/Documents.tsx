import "./words";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { moment } from "../patient/date";
import { bytesShown } from "../patient/figure";
import page from "../patient/Patient.module.css";
import { StateChip } from "../patient/StateChip";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import { addressOf, documentsOf, isPage } from "./asks";
import type { Delivery, Document, DocumentList } from "./forms";
import { Signed } from "./Signed";

function Sent({ deliveries }: { deliveries: readonly Delivery[] }) {
  const { t, i18n } = useTranslation("report");
  if (deliveries.length === 0) return <span>{t("notSent")}</span>;
  return (
    <ul className={page.needed}>
      {deliveries.map((it) => (
        <li key={it.destination}>
          <bdi>{it.destination}</bdi>: {t(`delivery_${it.state}`, { defaultValue: it.state })},{" "}
          <bdi>{moment(it.changed_ms, i18n.language)}</bdi>
          {it.attempt > 1 ? ` (${t("attempt", { n: it.attempt })})` : null}
          {it.last_error ? (
            <div className={page.aside}>
              <bdi lang="en">{it.last_error}</bdi>
            </div>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

/** The links of one document: the page opens, the objects are saved. */
function Links({ study, document }: { study: string; document: Document }) {
  const { t } = useTranslation("report");
  const address = addressOf(study, document.uid);
  const what = `${t(`kind_${document.kind}`, { defaultValue: document.kind })} ${document.version}`;
  return (
    <>
      {isPage(document) ? (
        <>
          <a href={address} target="_blank" rel="noreferrer" aria-label={`${t("openTab")}: ${what}`}>
            {t("openTab")}
          </a>
          {" · "}
        </>
      ) : null}
      <a href={address} download aria-label={`${t("download")}: ${what}`}>
        {t("download")}
      </a>{" "}
      <span className={`${page.aside} figure`}>{bytesShown(document.bytes ?? 0)}</span>
    </>
  );
}

/** What is still missing, as sentences. */
export function Missing({ list }: { list: DocumentList }) {
  const { t } = useTranslation("report");
  if (list.missing.length === 0) return null;
  return (
    <div className={page.banner}>
      <strong>{t("stillMissing")}</strong>
      <ul className={page.needed}>
        {list.missing.map((text) => (
          <li key={text}>
            <bdi lang="en">{text}</bdi>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Table({ study, list }: { study: string; list: DocumentList }) {
  const { t, i18n } = useTranslation("report");
  const current = list.documents.find((it) => it.state === "current")?.version;
  return (
    <div className={page.scroll} tabIndex={0} role="region" aria-label={t("documents")}>
      <table className={page.table}>
        <caption>{t("documentsCaption")}</caption>
        <thead>
          <tr>
            {["document", "version", "state", "signature", "sent", "file"].map((column) => (
              <th scope="col" key={column}>
                {t(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {list.documents.map((it) => (
            <tr key={it.uid}>
              <th scope="row">
                {t(`kind_${it.kind}`, { defaultValue: it.kind })}
                <div className={page.aside}>
                  <bdi>{typeof it.made_ms === "number" ? moment(it.made_ms, i18n.language) : ""}</bdi>
                </div>
              </th>
              <td>
                <span className="figure">{it.version}</span>
                {it.state === "superseded" && current !== undefined ? (
                  <div className={page.aside}>{t("replacedBy", { version: current })}</div>
                ) : null}
              </td>
              <td>
                <StateChip state={it.state} />
              </td>
              <td className={page.wide}>
                <Signed signature={it.signature} />
              </td>
              <td className={page.wide}>
                <Sent deliveries={it.deliveries} />
              </td>
              <td>
                {it.bytes ? <Links study={study} document={it} /> : "–"}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What the node made of a study: versions, seals, and where each was sent. */
export function Documents({ study }: { study: string }) {
  const { t } = useTranslation("report");
  const list = useQuery(documentsOf(study));
  if (list.isPending) return <Loading />;
  if (!list.data) return <Failed error={list.error} reset={() => void list.refetch()} />;
  return (
    <>
      <Missing list={list.data} />
      {list.data.documents.length === 0 ? <p>{t("noDocuments")}</p> : <Table study={study} list={list.data} />}
    </>
  );
}
