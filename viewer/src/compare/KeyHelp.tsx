import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "./Compare.module.css";
import { PRESETS } from "./presets";

const KEYS: readonly (readonly [string, string])[] = [
  ["key_wheel", "help_scroll"],
  ["↑ ↓  PgUp PgDn", "help_scroll"],
  ["key_left", "help_window"],
  ["key_middle", "help_pan"],
  ["key_right", "help_zoom"],
  ["+ −", "help_zoom"],
  ["Shift + ← → ↑ ↓", "help_pan"],
  ["Tab", "help_view"],
  ["1 – 9", "help_presets"],
  ["← →", "help_timepoint"],
  ["L", "help_link"],
  ["M", "help_masks"],
  ["O", "help_outline"],
  ["key_space", "help_flicker"],
  ["D", "help_measure"],
  ["Delete", "help_forget"],
  ["R", "help_reset"],
  ["?", "help_help"],
];

/** What each key and each drag does. */
export function KeyHelp({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation("compare");
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={t("keys")}
      closeButtonProps={{ "aria-label": t("close") }}
      transitionProps={{ duration: 0 }}
      lockScroll={false}
    >
      <table className={classes.keys}>
        <caption>{t("keysMean")}</caption>
        <tbody>
          {KEYS.map(([key, word]) => (
            <tr key={key}>
              <th scope="row">
                <kbd>{key.startsWith("key_") ? t(key) : key}</kbd>
              </th>
              <td>{t(word)}</td>
            </tr>
          ))}
          {PRESETS.map(({ word }, at) => (
            <tr key={word}>
              <th scope="row">
                <kbd>{at + 1}</kbd>
              </th>
              <td>{t(word)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  );
}
