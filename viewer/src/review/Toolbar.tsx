import { Button, NativeSelect } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { regions } from "../theme";
import type { Sitting } from "./sitting";
import type { Scene } from "./forms";
import { PLANES } from "./grid";
import type { Seen } from "./outlines";
import style from "./review.module.css";
import { LABELS, MASKS, SIZES_MM, TOOLS, type Change, type View } from "./view";

interface Given {
  view: View;
  setView: (change: Change) => void;
  channels: Scene["timepoints"][number]["channels"];
  desk: Sitting;
  drawn: Seen;
  isReadOnly: boolean;
  interpolate: () => void;
}

/** What the hand holds and how one looks. */
export function Toolbar(given: Given) {
  const { t } = useTranslation("review");
  const { view, setView, desk, drawn, isReadOnly } = given;
  return (
    <div className={style.bar} role="group" aria-label={t("tool")}>
      <Look {...given} />
      <div className={style.group} role="group" aria-label={t("tool")}>
        {TOOLS.map((tool) => (
          <button key={tool} type="button" aria-pressed={view.tool === tool} disabled={isReadOnly && tool !== "window"} onClick={() => setView({ ...view, tool })}>
            {t(`tool_${tool}`)}
          </button>
        ))}
      </div>
      <Brush {...given} />
      <div className={style.group}>
        <Button size="compact-sm" variant="default" disabled={isReadOnly || !drawn.canUndo} onClick={() => void desk.undo()}>
          {t("undo")}
        </Button>
        <Button size="compact-sm" variant="default" disabled={isReadOnly || !drawn.canRedo} onClick={() => void desk.redo()}>
          {t("redo")}
        </Button>
        <Button size="compact-sm" variant="default" disabled={isReadOnly} onClick={given.interpolate}>
          {t("interpolate")}
        </Button>
      </div>
    </div>
  );
}

function Look({ view, setView, channels }: Given) {
  const { t } = useTranslation("review");
  const turn = (name: string) => {
    const window = channels.find((one) => one.name === name)?.window ?? view.window;
    setView({ ...view, channel: name, window });
  };
  return (
    <div className={style.group}>
      <NativeSelect
        size="xs"
        aria-label={t("plane")}
        value={view.plane}
        onChange={(event) => setView({ ...view, plane: PLANES.find((plane) => plane === event.currentTarget.value) ?? "axial", pan: [0, 0] })}
        data={PLANES.map((value) => ({ value, label: t(`plane_${value}`) }))}
      />
      <NativeSelect size="xs" aria-label={t("channel")} value={view.channel} onChange={(event) => turn(event.currentTarget.value)} data={channels.map(({ name }) => name)} />
      <NativeSelect
        size="xs"
        aria-label={t("mask")}
        value={view.mask}
        onChange={(event) => setView({ ...view, mask: MASKS.find((mask) => mask === event.currentTarget.value) ?? "both" })}
        data={MASKS.map((value) => ({ value, label: t(`mask_${value}`) }))}
      />
    </div>
  );
}

function Brush({ view, setView, isReadOnly }: Given) {
  const { t } = useTranslation("review");
  const region = LABELS.find(({ value }) => value === view.label)?.region ?? "et";
  const band = (n: 0 | 1, value: number) => setView({ ...view, band: n === 0 ? [value, view.band[1]] : [view.band[0], value] });
  return (
    <div className={style.group} role="group" aria-label={t("size")}>
      <i className={style.chip} style={{ background: regions[region].colour }} aria-hidden="true" />
      <NativeSelect
        size="xs"
        aria-label={t("paint")}
        disabled={isReadOnly}
        value={String(view.label)}
        onChange={(event) => setView({ ...view, label: Number(event.currentTarget.value) })}
        data={LABELS.map((label) => ({ value: String(label.value), label: t(`region_${label.region}`) }))}
      />
      <NativeSelect
        size="xs"
        aria-label={t("size")}
        disabled={isReadOnly}
        value={String(view.size)}
        onChange={(event) => setView({ ...view, size: Number(event.currentTarget.value) })}
        data={SIZES_MM.map((mm, n) => ({ value: String(n), label: n === 0 ? "1 voxel" : t("mm", { mm }) }))}
      />
      {view.tool === "threshold" ? (
        <span className={`figure ${style.band}`}>
          <input type="number" aria-label={t("from")} value={Math.round(view.band[0])} onChange={(event) => band(0, event.currentTarget.valueAsNumber || 0)} />
          –
          <input type="number" aria-label={t("to")} value={Math.round(view.band[1])} onChange={(event) => band(1, event.currentTarget.valueAsNumber || 0)} />
        </span>
      ) : null}
    </div>
  );
}
