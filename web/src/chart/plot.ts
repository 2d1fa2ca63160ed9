import type { InterfaceSeries } from '@poplar/hub/api/schemas';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatAxisRate, formatRate } from '../format/rate.ts';
import { type Mirrored, mirroredScale, mirrorSeries } from './mirror.ts';
import { faded, type Palette, readPalette } from './palette.ts';
import { timeLabels } from './ticks.ts';

/** What happens on a graph. */
export interface PlotEvents {
  /** The cursor is over this moment and, if there is one, this point; null when it left. */
  onCursor(at: { readonly ms: number; readonly index: number | null } | null): void;
  onZoom(fromMs: number, toMs: number): void;
  onBack(): void;
}

/** A mirrored graph on a canvas: in upward, out downward. */
export interface Plot {
  show(series: InterfaceSeries): void;
  resize(widthPx: number, heightPx: number): void;
  /** Takes the colours of the theme shown now. */
  recolour(): void;
  destroy(): void;
}

const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

function hatch(
  context: CanvasRenderingContext2D,
  colour: string,
  left: number,
  top: number,
  width: number,
  height: number,
): void {
  const step = 7 * devicePixelRatio;
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = devicePixelRatio;
  context.beginPath();
  // From a multiple of the step, so that neighbouring bands and redraws line up.
  for (let x = Math.floor((left - height) / step) * step; x < left + width; x += step) {
    context.moveTo(x, top + height);
    context.lineTo(x + height, top);
  }
  context.stroke();
  context.restore();
}

/** Draws into `element`; nothing is shown before the first `show`. */
export function createPlot(element: HTMLElement, widthPx: number, heightPx: number, events: PlotEvents): Plot {
  let palette: Palette = readPalette(element);
  let series: InterfaceSeries | null = null;
  let data: Mirrored | null = null;

  function drawGaps(plot: uPlot): void {
    if (series === null) return;
    const { left, top, width, height } = plot.bbox;
    for (const { from_ms, to_ms } of series.gaps) {
      const from = Math.max(left, plot.valToPos(from_ms, 'x', true));
      const to = Math.min(left + width, plot.valToPos(to_ms, 'x', true));
      if (to > from) hatch(plot.ctx, palette.hatch, from, top, Math.max(to - from, 2 * devicePixelRatio), height);
    }
  }

  function drawPercentile(plot: uPlot, bps: number | null, sign: 1 | -1, colour: string): void {
    if (bps === null) return;
    const { left, width } = plot.bbox;
    const y = Math.round(plot.valToPos(sign * bps, 'y', true));
    const { ctx } = plot;
    ctx.save();
    ctx.strokeStyle = colour;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(left + width, y);
    ctx.stroke();
    ctx.font = FONT.replace('11', String(11 * devicePixelRatio));
    ctx.fillStyle = colour;
    ctx.textAlign = 'right';
    ctx.textBaseline = sign === 1 ? 'bottom' : 'top';
    const label = `95th ${formatRate(bps)}`;
    const at = [left + width - 4 * devicePixelRatio, y - sign * 3 * devicePixelRatio] as const;
    // A rim of the ground keeps the label readable over the traffic.
    ctx.setLineDash([]);
    ctx.lineWidth = 4 * devicePixelRatio;
    ctx.lineJoin = 'round';
    ctx.strokeStyle = palette.ground;
    ctx.strokeText(label, ...at);
    ctx.fillText(label, ...at);
    ctx.restore();
  }

  function drawResets(plot: uPlot): void {
    if (series === null) return;
    const { top, height } = plot.bbox;
    const { ctx } = plot;
    const size = 5 * devicePixelRatio;
    ctx.save();
    ctx.fillStyle = palette.mark;
    ctx.strokeStyle = faded(palette.mark, 0.6);
    ctx.lineWidth = devicePixelRatio;
    for (const ms of series.resets) {
      const x = Math.round(plot.valToPos(ms, 'x', true)) + 0.5;
      ctx.beginPath();
      ctx.moveTo(x, top);
      ctx.lineTo(x, top + height);
      ctx.stroke();
      ctx.beginPath();
      ctx.moveTo(x - size, top);
      ctx.lineTo(x + size, top);
      ctx.lineTo(x, top + size * 1.5);
      ctx.fill();
    }
    ctx.restore();
  }

  function drawMarks(plot: uPlot): void {
    const { left, width } = plot.bbox;
    const zero = Math.round(plot.valToPos(0, 'y', true)) + 0.5;
    plot.ctx.save();
    plot.ctx.strokeStyle = palette.zero;
    plot.ctx.lineWidth = devicePixelRatio;
    plot.ctx.beginPath();
    plot.ctx.moveTo(left, zero);
    plot.ctx.lineTo(left + width, zero);
    plot.ctx.stroke();
    plot.ctx.restore();
    drawPercentile(plot, series?.summary.rx.p95_bps ?? null, 1, palette.rx);
    drawPercentile(plot, series?.summary.tx.p95_bps ?? null, -1, palette.tx);
    drawResets(plot);
  }

  // uPlot hides the rise to the first step after a gap under the gap, all but the last pixel of it.
  const widened: uPlot.Series.GapsRefiner = (_plot, _series, _from, _to, gaps) =>
    gaps.map(([from, to]): uPlot.Series.Gap => [from, to + devicePixelRatio]);

  // Averages of buckets are flat for the length of the bucket; a slope between them would be invented.
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const area = (stroke: () => string): uPlot.Series => ({
    stroke,
    fill: () => faded(stroke(), 0.3),
    width: 1.25,
    points: { show: false },
    gaps: widened,
    ...(stepped === undefined ? {} : { paths: stepped }),
  });
  const peaks = (stroke: () => string): uPlot.Series => ({
    stroke: () => faded(stroke(), 0.55),
    width: 1,
    points: { show: false },
    gaps: widened,
    ...(stepped === undefined ? {} : { paths: stepped }),
  });

  const plot = new uPlot(
    {
      width: widthPx,
      height: heightPx,
      ms: 1,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      scales: {
        x: { range: () => [series?.from_ms ?? 0, series?.to_ms ?? 1] },
        y: {
          range: () =>
            data === null || series === null
              ? [-1, 1]
              : mirroredScale(data, { rx: series.summary.rx.p95_bps, tx: series.summary.tx.p95_bps }),
        },
      },
      axes: [
        {
          stroke: () => palette.text,
          font: FONT,
          size: 38,
          space: 72,
          grid: { stroke: () => palette.grid, width: 1 },
          ticks: { stroke: () => palette.grid, width: 1, size: 4 },
          values: (_plot, ticks, _axis, _space, step) => timeLabels(ticks, step),
        },
        {
          stroke: () => palette.text,
          font: FONT,
          size: 56,
          space: 30,
          gap: 4,
          grid: { stroke: () => palette.grid, width: 1 },
          ticks: { show: false },
          values: (_plot, ticks) => ticks.map(formatAxisRate),
        },
      ],
      series: [{}, area(() => palette.rx), area(() => palette.tx), peaks(() => palette.rx), peaks(() => palette.tx)],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false },
        sync: { key: 'poplar-ports', filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' } },
        bind: {
          dblclick: () => () => {
            events.onBack();
            return null;
          },
        },
      },
      hooks: {
        drawClear: [drawGaps],
        draw: [drawMarks],
        setCursor: [
          (plot) => {
            const { left = -1, idx } = plot.cursor;
            events.onCursor(left < 0 ? null : { ms: plot.posToVal(left, 'x'), index: idx ?? null });
          },
        ],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width < 4) return;
            events.onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
      },
    },
    [[], [], [], [], []],
    element,
  );

  return {
    show(next) {
      series = next;
      data = mirrorSeries(next);
      plot.setData([data.tsMs, data.rx, data.tx, data.rxMax, data.txMax]);
    },
    resize: (width, height) => plot.setSize({ width, height }),
    recolour() {
      palette = readPalette(element);
      plot.redraw();
    },
    destroy: () => plot.destroy(),
  };
}
