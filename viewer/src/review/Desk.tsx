import { Text } from "@mantine/core";
import { memo, useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Conflict } from "./Conflict";
import { type Sitting, type Tools, useDesk } from "./sitting";
import { Editor } from "./Editor";
import { facing } from "./facing";
import { type Ends, type Lesion, type Lps, type Scene, trackOf } from "./forms";
import { fromPlane, planeOf, toLps, toVoxel } from "./grid";
import { Lesions } from "./Lesions";
import { Versions } from "./Versions";
import { cutPlane } from "./plane";
import style from "./review.module.css";
import { SaveState } from "./SaveState";
import { Signature } from "./Signature";
import type { View } from "./view";
import { VolumeTable } from "./VolumeTable";

/** The cross in the middle, at the first lesion where there is one. */
function firstView({ grid, timepoints, current }: Scene, lesion: Lesion | undefined): View {
  const channels = timepoints[current]?.channels ?? [];
  const shown = channels.find((channel) => channel.name === "T1c") ?? channels[0];
  const middle = grid.size.map((count) => Math.floor(count / 2)) as unknown as Lps;
  const window = shown?.window ?? [0, 1];
  return {
    plane: "axial",
    channel: shown?.name ?? "T1c",
    cross: lesion ? inside(grid.size, toVoxel(grid, lesion.centre_lps_mm)) : middle,
    zoom: 1,
    pan: [0, 0],
    window,
    mask: "both",
    tool: "window",
    label: 3,
    size: 4,
    band: [window[0] + (window[1] - window[0]) * 0.6, window[1] * 4],
  };
}

function inside(size: Lps, voxel: Lps): Lps {
  const at = (axis: 0 | 1 | 2) => Math.min(size[axis] - 1, Math.max(0, Math.round(voxel[axis])));
  return [at(0), at(1), at(2)];
}

/** Images to the one side, what is said of them to the other. */
export function Desk({ scene, tools }: { scene: Scene; tools: Tools }) {
  const desk = useDesk(tools);
  const { review, draft, phase } = desk.written;
  const { lesions } = review.measured;
  const [view, setView] = useState(() => firstView(scene, lesions[0]));
  const [chosen, setChosen] = useState<string | undefined>(lesions[0] && trackOf(lesions[0]));
  const lesion = lesions.find((one) => trackOf(one) === chosen);
  const isReadOnly = !review.may.review || review.pending || desk.isBusy || phase === "conflict";
  const { grid } = scene;
  const show = useCallback(
    (one: Lesion) => {
      setChosen(trackOf(one));
      setView((before) => ({ ...before, cross: inside(grid.size, toVoxel(grid, one.centre_lps_mm)), pan: [0, 0] }));
    },
    [grid],
  );
  const split = useCallback(() => setView((before) => ({ ...before, tool: "cut" })), []);
  const step = (by: 1 | -1) => {
    const at = lesions.findIndex((one) => trackOf(one) === chosen);
    const next = lesions[(at + by + lesions.length) % lesions.length];
    if (next) show(next);
  };
  const cut = (from: readonly [number, number], to: readonly [number, number]) => {
    const plane = planeOf(grid, view.plane);
    const slice = view.cross[plane.through.axis];
    const [a, b] = [from, to].map(([x, y]) => toLps(grid, fromPlane(plane, x, y, slice)));
    const across = cutPlane(a, b, grid.direction[plane.through.axis]);
    if (chosen && across) void desk.correct({ op: "split", track: chosen, plane: across });
  };
  const ends = lesion && endsOf(lesion, draft.diameters);
  const isMeasuring = view.tool === "diameters";
  useEffect(() => {
    const at = isMeasuring && ends ? facing(grid, ends) : undefined;
    if (at) setView((before) => ({ ...before, ...at, pan: [0, 0] }));
    // Once when the tool is taken or another lesion is chosen, and not while its ends are moved.
  }, [isMeasuring, chosen, grid]);
  const moveEnds = (moved: Ends) =>
    tools.pen.write({ diameters: [...draft.diameters.filter((one) => one.track !== moved.track), moved] });
  return (
    <div className={style.desk}>
      <div className={style.left}>
        <Editor
          scene={scene}
          tools={tools}
          desk={desk}
          view={view}
          setView={setView}
          lesions={lesions}
          chosen={chosen}
          isReadOnly={isReadOnly}
          step={step}
          cut={cut}
          handles={isMeasuring && ends ? { grid, ends, isReadOnly, move: moveEnds } : undefined}
        />
      </div>
      <Words desk={desk} tools={tools} chosen={chosen} show={show} isReadOnly={isReadOnly} split={split} />
      {desk.written.theirs ? <Conflict desk={desk} pen={tools.pen} theirs={desk.written.theirs} /> : null}
    </div>
  );
}

interface WordsGiven {
  desk: Sitting;
  tools: Tools;
  chosen: string | undefined;
  show: (lesion: Lesion) => void;
  isReadOnly: boolean;
  split: () => void;
}

/** What is said of the result. It does not follow the hand on the image. */
const Words = memo(function Words({ desk, tools, chosen, show, isReadOnly, split }: WordsGiven) {
  const { t } = useTranslation("review");
  const { review, hasUnsentLabels } = desk.written;
  return (
    <aside className={style.right} aria-label={t("review")}>
      <SaveState desk={desk} tools={tools} />
      {review.may.review ? null : <Text size="sm">{t("readOnly")}</Text>}
      <VolumeTable review={review} isStale={hasUnsentLabels} />
      <Lesions desk={desk} pen={tools.pen} chosen={chosen} show={show} isReadOnly={isReadOnly} split={split} />
      <Signature key={review.version} desk={desk} pen={tools.pen} isReadOnly={isReadOnly} />
      <Versions review={review} />
    </aside>
  );
});

/** The ends that the human set, or else those that were found. */
function endsOf(lesion: Lesion, said: readonly Ends[]): Ends | undefined {
  const { diameters } = lesion;
  const track = trackOf(lesion);
  const own = said.find((one) => one.track === track);
  if (own) return own;
  if (!diameters) return undefined;
  const { long_ends_lps_mm, short_ends_lps_mm } = diameters;
  return { track, long_ends_lps_mm, short_ends_lps_mm };
}
