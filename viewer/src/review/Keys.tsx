import { useTranslation } from "react-i18next";
import style from "./review.module.css";

/** The keys that work while the image has the focus. */
export function Keys() {
  const { t } = useTranslation("review");
  return (
    <details className={style.keys}>
      <summary>{t("keys")}</summary>
      <ul>
        {["key_tools", "key_paint", "key_look", "key_past", "key_mouse"].map((key) => (
          <li key={key}>{t(key)}</li>
        ))}
      </ul>
    </details>
  );
}
