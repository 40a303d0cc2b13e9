import { useTranslation } from "react-i18next";
import classes from "./Compare.module.css";
import { type Scene, timepointOf } from "./scene";

/** Says so over the images if a timepoint that is shown may not lie where it should. */
export function Warnings(props: { readonly scene: Scene; readonly shown: readonly number[]; readonly isPair: boolean }) {
  const { t } = useTranslation("compare");
  const { scene } = props;
  const shown = props.isPair ? props.shown.slice(0, 2) : props.shown;
  const doubtful = shown
    .map((index) => timepointOf(scene, index))
    .filter((one) => one && one.index !== scene.current && one.registration && !one.registration.passed);
  if (doubtful.length === 0) return null;
  return (
    <div className={classes.warnings} role="alert">
      {doubtful.map((one) =>
        one ? (
          <p key={one.index}>
            ⚠ {t("doubtful", { number: one.index + 1, date: one.date ?? t("noDate") })}{" "}
            <bdi>{one.registration?.why}</bdi>
          </p>
        ) : null,
      )}
    </div>
  );
}
