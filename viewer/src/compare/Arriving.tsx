import { Button, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Offline, Problem } from "../api/problem";
import classes from "./Compare.module.css";
import { Unreadable } from "./fetching";
import type { Progress } from "./volumes";

/** Why a volume did not come, in plain words. */
export function useReason(): (error: unknown) => string {
  const { t } = useTranslation("compare");
  return (error) => {
    if (error instanceof Unreadable) return t("unreadable");
    if (error instanceof Offline) return t("offline");
    if (error instanceof Problem && error.message) return error.message;
    return t("notShown");
  };
}

/** What stands in a view until its image is there. */
export function Arriving(props: {
  readonly progress: Progress;
  readonly channel: string;
  readonly isMissing: boolean;
  readonly onAgain: () => void;
}) {
  const { t } = useTranslation("compare");
  const reason = useReason();
  const { progress, channel } = props;
  if (props.isMissing) {
    return (
      <div className={classes.arriving} role="status">
        <Text size="sm">{t("noChannel", { channel })}</Text>
      </div>
    );
  }
  if (progress.is === "failed") {
    return (
      <div className={classes.arriving} role="alert">
        <Text size="sm">{reason(progress.error)}</Text>
        <Button size="compact-sm" variant="default" onClick={props.onAgain}>
          {t("again")}
        </Button>
      </div>
    );
  }
  const share = progress.is === "coming" ? progress.share : progress.is === "ready" ? 1 : 0;
  return (
    <div className={classes.arriving} role="status">
      <Text size="sm">{t(progress.is === "waiting" ? "waiting" : "coming", { channel })}</Text>
      <progress max={1} value={share} aria-label={t("coming", { channel })} />
    </div>
  );
}
