import { useTranslation } from "react-i18next";
import classes from "./Compare.module.css";
import type { Timepoint } from "./scene";

/** How well a timepoint lies on the current one, in the node's judgement. */
export function Registration({ timepoint, isCurrent }: { timepoint: Timepoint; isCurrent: boolean }) {
  const { t } = useTranslation("compare");
  const { registration } = timepoint;
  if (isCurrent || !registration) return null;
  const error = registration.error_mm === null ? "" : ` ${registration.error_mm.toFixed(1)} mm`;
  if (registration.passed) {
    return <bdi title={registration.why} data-registration="passed">{`✓ ${t("registered")}${error}`}</bdi>;
  }
  return (
    <bdi className={classes.warning} data-registration="doubtful" role="note">
      {`⚠ ${t("notRegistered")}${error}`}
      <span className={classes.why}>{registration.why}</span>
    </bdi>
  );
}
