import "./words";
import "@mantine/core/styles/VisuallyHidden.css";
import { Text } from "@mantine/core";
import { Link, useParams } from "@tanstack/react-router";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { type Role, has, useMe } from "../api/me";
import style from "./admin.module.css";
import { Assignments } from "./Assignments";
import { Audit } from "./Audit";
import { Deliveries } from "./Deliveries";
import { Emergencies } from "./Emergencies";
import { Jobs } from "./Jobs";
import { Models } from "./Models";
import { Overview } from "./Overview";
import { Peers } from "./Peers";
import { Rules } from "./Rules";
import { Users } from "./Users";

interface Section {
  name: string;
  screen: ComponentType;
  roles: readonly Role[];
}

/** Who may look at what, as the node's routes allow it; the node decides. */
const SECTIONS: readonly Section[] = [
  { name: "overview", screen: Overview, roles: ["administrator"] },
  { name: "assignments", screen: Assignments, roles: ["administrator"] },
  { name: "users", screen: Users, roles: ["administrator"] },
  { name: "emergencies", screen: Emergencies, roles: ["administrator", "auditor"] },
  { name: "audit", screen: Audit, roles: ["auditor"] },
  { name: "peers", screen: Peers, roles: ["administrator"] },
  { name: "rules", screen: Rules, roles: ["administrator"] },
  { name: "models", screen: Models, roles: ["administrator"] },
  { name: "jobs", screen: Jobs, roles: ["administrator"] },
  { name: "deliveries", screen: Deliveries, roles: ["administrator"] },
];

/** The desk of whoever keeps the node, and of whoever watches. */
export function Admin() {
  const { t } = useTranslation("admin");
  const who = useMe();
  const { section } = useParams({ from: "/admin/$section" });
  const mine = SECTIONS.filter((each) => has(who, ...each.roles));
  const Screen = mine.find((each) => each.name === section)?.screen;
  return (
    <div className={style.page}>
      <nav className={style.sections} aria-label={t("sections")}>
        {mine.map(({ name }) => (
          <Link key={name} to="/admin/$section" params={{ section: name }} activeProps={{ "aria-current": "page" }}>
            {t(name)}
          </Link>
        ))}
      </nav>
      <section className={style.section} aria-labelledby="section">
        <h1 id="section">{t(section)}</h1>
        {Screen ? <Screen /> : <Text>{t("notYours")}</Text>}
      </section>
    </div>
  );
}
