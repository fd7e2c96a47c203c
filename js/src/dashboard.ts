/** The anywidget entry of the dashboard, over the kernel's comm. */

import "./theme.css";
import "./styles/dashboard.css";
import { h, render as mount } from "preact";
import { DashboardState } from "./dashboardState.js";
import { type KernelModel, KernelTransport } from "./kernelTransport.js";
import { Dashboard } from "./views/dashboard/Dashboard.js";

function render({ model, el }: { model: KernelModel; el: HTMLElement }): () => void {
  const lifetime = new AbortController();
  const state = new DashboardState(new KernelTransport(model, lifetime.signal));
  el.classList.add("squid-host");
  mount(h(Dashboard, { state }), el);
  return () => {
    mount(null, el);
    state.dispose();
    lifetime.abort();
  };
}

export default { render };
