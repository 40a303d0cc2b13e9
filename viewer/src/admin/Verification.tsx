import { Button, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Failed } from "../shell/Failed";
import style from "./admin.module.css";
import { verifyLog } from "./asks";
import type { FirstBad, LogVerdict } from "./forms";

/** Has the log verified and says the verdict in words. */
export function Verification() {
  const { t } = useTranslation("admin");
  const verifying = useMutation({ mutationFn: verifyLog });
  return (
    <div className={style.card}>
      <div className={style.row}>
        <Button loading={verifying.isPending} onClick={() => verifying.mutate()}>
          {t("verify")}
        </Button>
        <Text size="sm" c="dimmed">
          {t("verifying")}
        </Text>
      </div>
      <div role="status">{verifying.data ? <Verdict verdict={verifying.data} /> : null}</div>
      {verifying.error ? <Failed error={verifying.error} /> : null}
    </div>
  );
}

/** The verdict on the log. */
export function Verdict({ verdict }: { verdict: LogVerdict }) {
  const { t } = useTranslation("admin");
  const isGood = !verdict.first_bad && verdict.complaints.length === 0;
  const wrong = ({ record, up_to, wrong: what }: FirstBad) =>
    t(up_to > record ? "firstBadBetween" : "firstBad", { record, up_to, wrong: t(`wrong_${what}`, what) });
  return (
    <>
      <Text fw={700}>{t(isGood ? "logGood" : "logBad")}</Text>
      {verdict.first_bad ? <Text size="sm">{wrong(verdict.first_bad)}</Text> : null}
      <Text size="sm">{t("logCounts", { ...verdict })}</Text>
      {verdict.complaints.map((complaint) => (
        <Text key={complaint} size="sm">
          {"! "}
          <bdi>{complaint}</bdi>
        </Text>
      ))}
      <Text size="xs" c="dimmed" className={`figure ${style.hash}`}>
        {verdict.root}
      </Text>
    </>
  );
}
