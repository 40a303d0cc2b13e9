import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { Failed } from "./shell/Failed";
import { Frame } from "./shell/Frame";
import { Loading } from "./shell/Loading";

const root = createRootRoute({ component: Frame });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/worklist" });
  },
});

/** What the worklist shows, kept in the address so that it can be bookmarked and shared. */
export interface WorklistSearch {
  search?: string;
  state?: string;
  sort?: string;
  page?: number;
}

const worklist = createRoute({
  getParentRoute: () => root,
  path: "/worklist",
  validateSearch: (given: Record<string, unknown>): WorklistSearch => {
    const text = (name: string) =>
      typeof given[name] === "string" ? { [name]: given[name] as string } : {};
    const page = typeof given.page === "number" && given.page > 0 ? { page: given.page } : {};
    return { ...text("search"), ...text("state"), ...text("sort"), ...page };
  },
  component: lazyRouteComponent(() => import("./worklist/Worklist"), "Worklist"),
});

const patient = createRoute({
  getParentRoute: () => root,
  path: "/patients/$patient",
  component: lazyRouteComponent(() => import("./patient/Patient"), "Patient"),
});

const summary = createRoute({
  getParentRoute: () => root,
  path: "/patients/$patient/summary",
  component: lazyRouteComponent(() => import("./report/Summary"), "Summary"),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: "/studies/$study/compare",
  component: lazyRouteComponent(() => import("./compare/Compare"), "Compare"),
});

const trail = createRoute({
  getParentRoute: () => root,
  path: "/studies/$study/trail",
  component: lazyRouteComponent(() => import("./trail/Trail"), "Trail"),
});

const review = createRoute({
  getParentRoute: () => root,
  path: "/studies/$study/review",
  component: lazyRouteComponent(() => import("./review/Review"), "Review"),
});

const report = createRoute({
  getParentRoute: () => root,
  path: "/studies/$study/report",
  component: lazyRouteComponent(() => import("./report/Report"), "Report"),
});

const series = createRoute({
  getParentRoute: () => root,
  path: "/studies/$study/series",
  component: lazyRouteComponent(() => import("./upload/Series"), "Series"),
});

const upload = createRoute({
  getParentRoute: () => root,
  path: "/upload",
  component: lazyRouteComponent(() => import("./upload/Upload"), "Upload"),
});

const admin = createRoute({
  getParentRoute: () => root,
  path: "/admin/$section",
  component: lazyRouteComponent(() => import("./admin/Admin"), "Admin"),
});

const help = createRoute({
  getParentRoute: () => root,
  path: "/help",
  component: lazyRouteComponent(() => import("./help/Help"), "Help"),
});

const tree = root.addChildren([
  home,
  worklist,
  patient,
  summary,
  compare,
  trail,
  review,
  report,
  series,
  upload,
  admin,
  help,
]);

/** The router of all screens, below `/app`. */
export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    basepath: "/app",
    defaultPreload: "intent",
    defaultPendingComponent: Loading,
    defaultErrorComponent: Failed,
    context: { queries },
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
