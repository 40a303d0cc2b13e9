import { Alert, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../api/me";
import { Problem } from "../api/problem";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import { speak } from "../words";
import { Board } from "./Board";
import classes from "./Compare.module.css";
import { canDraw } from "./engine";
import { type Scene, scene } from "./scene";
import { useStage } from "./stage";
import { words } from "./words";

speak("compare", words);

/** A way to the same images elsewhere: `{study}` in the address stands for the study, `{studies}` for all. */
export interface Elsewhere {
  readonly name: string;
  readonly template: string;
}

/** Timepoints of a patient side by side, in the space of one study. */
export function Compare() {
  const elsewhere = useMe()?.viewers ?? [];
  const { study = "" } = useParams({ strict: false });
  const [isAble] = useState(canDraw);
  const found = useQuery({ ...scene(study), enabled: isAble && study !== "" });
  if (!isAble) return <Instead study={study} why="noDrawing" />;
  if (found.data) {
    if (found.data.timepoints.length === 0) return <Instead study={study} why="noScene" />;
    return (
      <div className={classes.screen}>
        <OnStage key={study} scene={found.data} />
        <Elsewhere scene={found.data} to={elsewhere} />
      </div>
    );
  }
  if (found.isPending) return <Loading />;
  if (found.error instanceof Problem && (found.error.status === 404 || found.error.status === 409)) {
    return (
      <Instead study={study} why="noScene">
        <Text size="sm">{found.error.message}</Text>
      </Instead>
    );
  }
  return <Failed error={found.error} reset={() => void found.refetch()} />;
}

function OnStage({ scene }: { readonly scene: Scene }) {
  const stage = useStage(scene);
  return stage ? <Board stage={stage} /> : <Loading />;
}

/** Why there is nothing to compare, and where to go instead. */
function Instead(props: { readonly study: string; readonly why: "noDrawing" | "noScene"; readonly children?: ReactNode }) {
  const { t } = useTranslation("compare");
  return (
    <Alert color="orange" m="md" title={t(`${props.why}Title`)} role="alert">
      <Text size="sm">{t(props.why)}</Text>
      {props.children}
      <Text size="sm" mt="sm">
        <Link className={classes.plainLink} to="/studies/$study/report" params={{ study: props.study }}>
          {t("toReport")}
        </Link>
      </Text>
    </Alert>
  );
}

function Elsewhere({ scene, to }: { readonly scene: Scene; readonly to: readonly Elsewhere[] }) {
  const { t } = useTranslation("compare");
  if (to.length === 0) return null;
  const filled = (template: string) =>
    template
      .replaceAll("{study}", encodeURIComponent(scene.study))
      .replaceAll("{studies}", scene.timepoints.map(({ study }) => encodeURIComponent(study)).join(","));
  return (
    <nav className={classes.elsewhere} aria-label={t("elsewhere")}>
      {to.map(({ name, template }) => (
        <a key={name} href={filled(template)} target="_blank" rel="noreferrer">
          {t("openIn", { name })}
        </a>
      ))}
    </nav>
  );
}
