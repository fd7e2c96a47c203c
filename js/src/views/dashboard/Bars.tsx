import { useEffect, useRef } from "preact/hooks";
import { type BarChart, draw, indexAt } from "../../barChart.js";
import type { Bars as BarsData } from "../../chartRows.js";
import { inkOf, onTheme } from "../../seriesColours.js";

interface Props {
  bars: BarsData;
  /** What the picture shows, in words. */
  label: string;
  /** Called with the first and the last line or period that were clicked or dragged over. */
  onPick?: (first: number, last: number) => void;
}

const LINE = 30;
const AXIS = 34;

/** A picture of bars. Dragging over periods, or clicking a line, picks them; the filters do the same by keyboard. */
export function Bars({ bars, label, onPick }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const brush = useRef<HTMLDivElement>(null);
  const chart = useRef<BarChart | null>(null);

  useEffect(() => {
    const redraw = () => {
      chart.current?.destroy();
      if (canvas.current && box.current) chart.current = draw(canvas.current, bars, inkOf(box.current));
    };
    redraw();
    const end = onTheme(redraw);
    return () => {
      end();
      chart.current?.destroy();
      chart.current = null;
    };
  }, [bars]);

  const pick = (down: PointerEvent) => {
    const element = canvas.current;
    if (!onPick || !element || down.button !== 0) return;
    const edge = element.getBoundingClientRect();
    const at = (event: PointerEvent) => ({ x: event.clientX - edge.left, y: event.clientY - edge.top });
    const from = at(down);
    const lifetime = new AbortController();
    const { signal } = lifetime;
    element.setPointerCapture(down.pointerId);
    const mark = (move: PointerEvent) => {
      if (!brush.current || !bars.overTime) return;
      const x = Math.min(Math.max(at(move).x, 0), edge.width);
      brush.current.style.insetInlineStart = `${Math.min(from.x, x)}px`;
      brush.current.style.width = `${Math.abs(x - from.x)}px`;
    };
    const finish = (up: PointerEvent | null) => {
      lifetime.abort();
      if (brush.current) brush.current.style.width = "0";
      if (!up || !chart.current) return;
      const to = at(up);
      const [first, last] = [indexAt(chart.current, from.x, from.y), indexAt(chart.current, to.x, to.y)];
      if (first !== null && last !== null) onPick(Math.min(first, last), Math.max(first, last));
    };
    element.addEventListener("pointermove", mark, { signal });
    element.addEventListener("pointerup", finish, { signal });
    element.addEventListener("pointercancel", () => finish(null), { signal });
  };

  const lines = bars.labels.length * (bars.series.length > 1 ? LINE * 1.4 : LINE) + AXIS;
  return (
    <div
      ref={box}
      class={`squid-bars ${onPick ? "squid-pickable" : ""}`}
      style={bars.overTime ? undefined : { height: `${lines}px` }}
    >
      <canvas ref={canvas} role="img" aria-label={label} onPointerDown={pick} />
      <div ref={brush} class="squid-brush" />
    </div>
  );
}
