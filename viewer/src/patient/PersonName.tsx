import "./vocabulary";
import { useTranslation } from "react-i18next";
import type { Forms } from "../api/client";
import { day } from "./date";

/** A DICOM person name as people write it: family name, then the others. */
export function written(name: string): string {
  const group = name.split("=").find((part) => part.trim() !== "") ?? "";
  const [family = "", ...others] = group.split("^").map((part) => part.trim());
  const rest = others.filter(Boolean).join(" ");
  return family && rest ? `${family}, ${rest}` : family || rest;
}

/** Somebody's name, set apart from the writing direction around it. */
export function PersonName({ identity }: { identity: Forms["Shown"] | null | undefined }) {
  const { t } = useTranslation("vocabulary");
  const name = written(identity?.name ?? "");
  return name ? <bdi>{name}</bdi> : <em>{t("noName")}</em>;
}

/** Ids and dates are not broken over lines. */
const WHOLE = { whiteSpace: "nowrap" } as const;

/** The hospital's id, birth date and sex, as far as they are known. */
export function IdentityLine({ identity }: { identity: Forms["Shown"] | null | undefined }) {
  const { t } = useTranslation("vocabulary");
  if (!identity) return null;
  const birth = day(identity.birth_date);
  return (
    <>
      {t("id")} <bdi className="figure" style={WHOLE}>{identity.patient_id || "–"}</bdi>
      {birth ? (
        <>
          {" · "}
          {t("born")} <span className="figure" style={WHOLE}>{birth}</span>
        </>
      ) : null}
      {identity.sex ? ` · ${t(`sex_${identity.sex}`, { defaultValue: identity.sex })}` : null}
    </>
  );
}
