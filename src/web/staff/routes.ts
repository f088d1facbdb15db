/** Everything under /admin, behind the guard. */
import { Hono } from "hono";
import { staffAccountRoutes } from "./accounts.tsx";
import { booksRoutes } from "./books.tsx";
import { disputeRoutes } from "./disputes.tsx";
import { disputeListRoutes } from "./dispute-list.tsx";
import { findRoutes } from "./find.tsx";
import { staffOrderRoutes } from "./orders.tsx";
import { overviewRoutes } from "./overview.tsx";
import { staffRefundRoutes } from "./refunds.tsx";
import { requireStaff } from "./require-staff.ts";
import type { StaffEnv } from "./staff-env.ts";

export const staffRoutes = new Hono<StaffEnv>()
  // The guard is here rather than on each route, so that no route added below can lack it.
  .use("/admin/*", requireStaff)
  .route("/", overviewRoutes)
  .route("/", findRoutes)
  .route("/", staffAccountRoutes)
  .route("/", booksRoutes)
  .route("/", staffOrderRoutes)
  .route("/", staffRefundRoutes)
  .route("/", disputeListRoutes)
  .route("/", disputeRoutes);
