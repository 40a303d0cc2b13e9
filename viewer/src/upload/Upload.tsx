import "./words";
import { Button, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Failed } from "../shell/Failed";
import { begin } from "./asks";
import { Courier } from "./courier";
import { Drop } from "./Drop";
import type { Picked } from "./picked";
import { Progress } from "./Progress";
import { Running } from "./Running";
import { Sent } from "./Sent";
import style from "./upload.module.css";

/** Under this key the tab remembers an upload that was begun, so that a reload loses nothing. */
const KEPT = "interval.upload";

type At =
  | { step: "choose" }
  | { step: "send"; courier: Courier }
  | { step: "look"; upload: string }
  | { step: "run"; studies: string[] };

function first(): At {
  const upload = sessionStorage.getItem(KEPT);
  return upload ? { step: "look", upload } : { step: "choose" };
}

/** Images from a disk to an analysis: send, look, confirm, start, watch. */
export function Upload() {
  const { t } = useTranslation("upload");
  const [at, setAt] = useState(first);
  const [error, setError] = useState<unknown>();
  useLeaveGuard(at.step === "send");
  const restart = () => {
    sessionStorage.removeItem(KEPT);
    setAt({ step: "choose" });
  };
  const take = async (picked: Picked[]) => {
    setError(undefined);
    try {
      const { upload } = await begin();
      sessionStorage.setItem(KEPT, upload);
      const courier = new Courier(upload);
      setAt({ step: "send", courier });
      await courier.carry(picked);
    } catch (failure) {
      setError(failure);
    }
  };
  const run = (studies: string[]) => {
    sessionStorage.removeItem(KEPT);
    setAt({ step: "run", studies });
  };
  return (
    <div className={style.page}>
      <h1>{t("upload")}</h1>
      {error ? <Failed error={error} /> : null}
      {at.step === "choose" ? <Drop take={(picked) => void take(picked)} /> : null}
      {at.step === "send" ? (
        <>
          <Progress courier={at.courier} />
          <Sent key={at.courier.upload} upload={at.courier.upload} courier={at.courier} run={run} restart={restart} />
        </>
      ) : null}
      {at.step === "look" ? (
        <>
          <Text size="sm">{t("resumed")}</Text>
          <Sent upload={at.upload} run={run} restart={restart} />
        </>
      ) : null}
      {at.step === "run" ? (
        <>
          <Running studies={at.studies} />
          <div>
            <Button variant="default" onClick={restart}>
              {t("another")}
            </Button>
          </div>
        </>
      ) : null}
    </div>
  );
}

/** Asks before the page is left while files are under way. */
function useLeaveGuard(isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return;
    const stay = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", stay);
    return () => removeEventListener("beforeunload", stay);
  }, [isOn]);
}
