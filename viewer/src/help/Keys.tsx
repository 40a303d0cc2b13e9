import { useTranslation } from "react-i18next";
import page from "../patient/Patient.module.css";

/** Which keys do what: on the lists, and over images. */
const KEYS: readonly { keys: readonly string[]; word: string }[] = [
  { keys: ["Ctrl+K"], word: "key_search" },
  { keys: ["/"], word: "key_find" },
  { keys: ["j", "k", "↓", "↑"], word: "key_list" },
  { keys: ["Enter"], word: "key_open" },
  { keys: ["←", "→"], word: "key_time" },
  { keys: ["1", "…", "9"], word: "key_window" },
  { keys: ["L"], word: "key_link" },
  { keys: ["M"], word: "key_mask" },
  { keys: ["O"], word: "key_outline" },
  { keys: ["[", "]"], word: "key_brush" },
  { keys: ["Ctrl+Z", "Ctrl+Y"], word: "key_undo" },
  { keys: ["Space"], word: "key_flicker" },
  { keys: ["?"], word: "key_help" },
];

const MOUSE = ["wheel", "left", "middle", "right"] as const;

/** The keyboard and the mouse, as a table. */
export function Keys() {
  const { t } = useTranslation("help");
  return (
    <table className={page.table}>
      <caption>{t("keysCaption")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("key")}</th>
          <th scope="col">{t("does")}</th>
        </tr>
      </thead>
      <tbody>
        {KEYS.map(({ keys, word }) => (
          <tr key={word}>
            <th scope="row">
              <span className="figure">
                {keys.map((key, n) => (
                  <span key={key}>
                    {n > 0 ? " " : ""}
                    <kbd>{key}</kbd>
                  </span>
                ))}
              </span>
            </th>
            <td className={page.wide}>{t(word)}</td>
          </tr>
        ))}
        {MOUSE.map((word) => (
          <tr key={word}>
            <th scope="row">{t(`mouse_${word}`)}</th>
            <td className={page.wide}>{t(`drag_${word}`)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
