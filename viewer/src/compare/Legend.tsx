import { useTranslation } from "react-i18next";
import classes from "./Compare.module.css";
import { type Overlay, type OverlayKind, marksOf } from "./overlay";

const KINDS: readonly OverlayKind[] = ["regions", "change", "none"];

/** What lies over the images: which map, how strong, and what its marks mean. */
export function Legend(props: { readonly overlay: Overlay; readonly onChange: (overlay: Overlay) => void }) {
  const { t } = useTranslation("compare");
  const { overlay, onChange } = props;
  const turn = (word: string) => {
    const isHidden = overlay.hidden.includes(word);
    onChange({
      ...overlay,
      hidden: isHidden ? overlay.hidden.filter((one) => one !== word) : [...overlay.hidden, word],
    });
  };
  return (
    <fieldset className={classes.legend}>
      <legend>{t("overlay")}</legend>
      <div className={classes.row}>
        {KINDS.map((kind) => (
          <label key={kind}>
            <input
              type="radio"
              name="overlay"
              checked={overlay.kind === kind}
              onChange={() => onChange({ ...overlay, kind })}
            />
            {t(`overlay_${kind}`)}
          </label>
        ))}
      </div>
      {overlay.kind === "change" ? <p className={classes.hint}>{t("changeMeans")}</p> : null}
      {marksOf(overlay.kind).map(({ word, letter, colour }) => (
        <label key={word} className={classes.mark}>
          <input type="checkbox" checked={!overlay.hidden.includes(word)} onChange={() => turn(word)} />
          <span className={classes.swatch} style={{ background: colour }} aria-hidden="true">
            {letter}
          </span>
          {t(word)}
        </label>
      ))}
      {overlay.kind === "none" ? null : (
        <>
          <label className={classes.mark}>
            <input
              type="checkbox"
              checked={overlay.isFilled}
              onChange={() => onChange({ ...overlay, isFilled: !overlay.isFilled })}
            />
            {t("filled")}
          </label>
          <label className={classes.slider}>
            {t("opacity")}
            <input
              type="range"
              min={0.1}
              max={1}
              step={0.1}
              value={overlay.opacity}
              onChange={(event) => onChange({ ...overlay, opacity: Number(event.currentTarget.value) })}
            />
          </label>
        </>
      )}
    </fieldset>
  );
}
