import "./words";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMe } from "../api/me";
import { Failed } from "../shell/Failed";
import { Loading } from "../shell/Loading";
import { readReview, scene } from "./asks";
import { Desk } from "./Desk";
import { openDesk } from "./sitting";

/** The review of a study's result: outlines, lesions, the report, the signature. */
export function Review() {
  const { t } = useTranslation("review");
  const { study } = useParams({ from: "/studies/$study/review" });
  const person = useMe()?.person ?? "";
  const drawn = useQuery(scene(study));
  const opened = useQuery({
    // A desk is opened once for each visit; from then on it keeps itself.
    queryKey: ["study", study, "desk", person],
    queryFn: async () => openDesk(study, person, await readReview(study)),
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    structuralSharing: false,
  });
  const failed = [drawn, opened].find((asked) => asked.error);
  if (failed) return <Failed error={failed.error} reset={() => void failed.refetch()} />;
  if (!drawn.data || !opened.data) return <Loading />;
  if (drawn.data.timepoints.length === 0) return <p>{t("noScene")}</p>;
  return <Desk key={study} scene={drawn.data} tools={opened.data} />;
}
