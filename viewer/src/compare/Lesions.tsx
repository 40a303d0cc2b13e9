import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "./Compare.module.css";
import type { Point } from "./grid";
import type { Scene, Track } from "./scene";

/** The lesions followed through time; each one is a way to its centre. */
export function Lesions(props: {
  readonly scene: Scene;
  readonly shown: readonly number[];
  readonly onGo: (centre: Point) => void;
}) {
  const { t } = useTranslation("compare");
  const { scene, shown } = props;
  if (scene.tracks.length === 0) {
    return (
      <section className={classes.lesions} aria-label={t("lesions")}>
        <Text size="sm">{t("noLesions")}</Text>
      </section>
    );
  }
  return (
    <section className={classes.lesions} aria-label={t("lesions")}>
      <table>
        <caption>{t("lesionsVolume")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("lesion")}</th>
            {shown.map((index) => (
              <th key={index} scope="col" className="figure">
                T{index + 1}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {scene.tracks.map((track) => (
            <Row key={track.uid} track={track} {...props} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ track, scene, shown, onGo }: Parameters<typeof Lesions>[0] & { readonly track: Track }) {
  const { t } = useTranslation("compare");
  const at = (index: number) => track.sightings.find(({ timepoint }) => timepoint === index);
  const centre =
    at(scene.current)?.centre_lps_mm ??
    [...track.sightings].reverse().find(({ centre_lps_mm }) => centre_lps_mm)?.centre_lps_mm;
  return (
    <tr data-track={track.uid}>
      <th scope="row">
        <button
          type="button"
          className={classes.link}
          disabled={!centre}
          aria-label={t("goTo", { name: track.name })}
          onClick={() => centre && onGo(centre)}
        >
          <bdi>{track.name}</bdi>
        </button>
      </th>
      {shown.map((index) => (
        <td key={index} className="figure">
          {at(index)?.volume_cm3?.toFixed(2) ?? "–"}
        </td>
      ))}
    </tr>
  );
}
