import { Button, NativeSelect } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "./Compare.module.css";
import { PLANES, type Plane } from "./planes";
import { PRESETS } from "./presets";
import { type Channel, type Scene, channelsOf } from "./scene";
import { LAYOUTS, type Layout, SHOWN_MAX, type Screen, isPair, laid, place, showing } from "./screen";

/** The bar over the images. Clicks leave the keyboard with the images. */
export function Toolbar(props: {
  readonly scene: Scene;
  readonly screen: Screen;
  readonly isLinked: boolean;
  readonly onChange: (screen: Screen) => void;
  readonly onLink: () => void;
  readonly onPreset: (number: number) => void;
  readonly onReset: () => void;
  readonly onHelp: () => void;
}) {
  const { t } = useTranslation("compare");
  const { scene, screen, onChange } = props;
  const isFlat = screen.layout !== "surfaces";
  const layouts = LAYOUTS.filter((layout) => !isPair(layout) || scene.timepoints.length > 1).filter(
    (layout) => layout !== "surfaces" || scene.surfaces.length > 0,
  );
  return (
    <div className={classes.toolbar} role="group" aria-label={t("bar")}>
      <Choice
        label={t("layout")}
        value={screen.layout}
        from={layouts.map((layout) => [layout, t(`layout_${layout}`)])}
        onChoose={(layout) => onChange(laid(screen, scene, layout as Layout))}
      />
      {isFlat && screen.layout !== "mpr" ? (
        <Choice
          label={t("plane")}
          value={screen.plane}
          from={PLANES.map((plane) => [plane, t(plane)])}
          onChoose={(plane) => onChange({ ...screen, plane: plane as Plane })}
        />
      ) : null}
      {isFlat ? (
        <Choice
          label={t("channel")}
          value={screen.channel}
          from={channelsOf(scene).map((name) => [name, name === "subtraction" ? t("subtraction") : name])}
          onChoose={(channel) => onChange({ ...screen, channel: channel as Channel })}
        />
      ) : null}
      {screen.layout === "side" || screen.layout === "surfaces" ? <HowMany {...props} /> : null}
      <Timepoints {...props} />
      {isFlat ? (
        <>
          <Choice
            label={t("window")}
            value=""
            from={[["", "–"], ...PRESETS.map(({ word }, at) => [`${at + 1}`, `${at + 1}  ${t(word)}`] as const)]}
            onChoose={(number) => number && props.onPreset(Number(number))}
          />
          <Toggle label={t("link")} hint="L" isOn={props.isLinked} onTurn={props.onLink} />
          <Toggle
            label={t("measure")}
            hint="D"
            isOn={screen.tool === "measure"}
            onTurn={() => onChange({ ...screen, tool: screen.tool === "measure" ? "window" : "measure" })}
          />
          <Button size="compact-sm" variant="default" onClick={props.onReset}>{t("reset")}</Button>
        </>
      ) : null}
      <Button size="compact-sm" variant="default" onClick={props.onHelp} aria-label={t("keys")}>?</Button>
    </div>
  );
}

type Props = Parameters<typeof Toolbar>[0];

function HowMany({ scene, screen, onChange }: Props) {
  const { t } = useTranslation("compare");
  const most = Math.min(SHOWN_MAX, scene.timepoints.length);
  return (
    <Choice
      label={t("views")}
      value={`${screen.shown.length}`}
      from={Array.from({ length: most }, (_, at) => [`${at + 1}`, `${at + 1}`])}
      onChoose={(count) => onChange(showing(screen, scene, Number(count)))}
    />
  );
}

/** Which timepoint stands in each place; a pair has two, three planes have one. */
function Timepoints({ scene, screen, onChange }: Props) {
  const { t } = useTranslation("compare");
  const places = screen.shown
    .map((timepoint, at) => ({ timepoint, at }))
    .filter(({ at }) => (isPair(screen.layout) ? at < 2 : screen.layout !== "mpr" || at === screen.active));
  return places.map(({ timepoint, at }) => (
    <Choice
      key={at}
      label={isPair(screen.layout) ? t("side", { side: "AB"[at] }) : t("place", { number: at + 1 })}
      value={`${timepoint}`}
      from={scene.timepoints.map(({ index, date }) => [`${index}`, `T${index + 1}  ${date ?? t("noDate")}`])}
      onChoose={(index) => onChange(place(screen, at, Number(index)))}
    />
  ));
}

function Choice(props: {
  readonly label: string;
  readonly value: string;
  readonly from: readonly (readonly [string, string])[];
  readonly onChoose: (value: string) => void;
}) {
  return (
    <NativeSelect
      size="xs"
      label={props.label}
      value={props.value}
      data={props.from.map(([value, label]) => ({ value, label }))}
      onChange={(event) => {
        props.onChoose(event.currentTarget.value);
        event.currentTarget.blur();
      }}
    />
  );
}

function Toggle(props: {
  readonly label: string;
  readonly hint: string;
  readonly isOn: boolean;
  readonly onTurn: () => void;
}) {
  return (
    <Button
      size="compact-sm"
      variant={props.isOn ? "filled" : "default"}
      color="blue.8"
      aria-pressed={props.isOn}
      aria-keyshortcuts={props.hint}
      onMouseDown={(event) => event.preventDefault()}
      onClick={props.onTurn}
    >
      {props.label}
    </Button>
  );
}
