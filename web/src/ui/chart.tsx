import { BarChart, CustomChart, HeatmapChart, LineChart, PieChart, ScatterChart } from 'echarts/charts';
import {
  AriaComponent,
  CalendarComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
} from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { usePreferences } from '../app/preferences.tsx';

use([
  BarChart,
  CustomChart,
  HeatmapChart,
  LineChart,
  PieChart,
  ScatterChart,
  AriaComponent,
  CalendarComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
  CanvasRenderer,
]);

/**
 * A chart in the page's colours that follows its width. What it shows stands in `label` for those who cannot see it; a page
 * gives the same figures as a table or text beside it.
 */
export function Chart({
  option,
  height,
  label,
  onClick,
}: {
  readonly option: EChartsCoreOption;
  /** px */
  readonly height: number;
  readonly label: string;
  readonly onClick?: (event: {
    readonly name: string;
    readonly dataIndex: number;
    readonly seriesName?: string;
  }) => void;
}) {
  const { dark } = usePreferences();
  const element = useRef<HTMLDivElement>(null);
  const clicked = useRef(onClick);
  clicked.current = onClick;
  useEffect(() => {
    if (element.current === null) return;
    const chart = init(element.current, dark ? 'dark' : null);
    chart.setOption({
      backgroundColor: 'transparent',
      textStyle: { fontFamily: getComputedStyle(element.current).fontFamily },
      animation: !matchMedia('(prefers-reduced-motion: reduce)').matches,
      ...option,
    });
    chart.on('click', (event) => {
      clicked.current?.({
        name: event.name,
        dataIndex: event.dataIndex,
        ...(event.seriesName !== undefined && { seriesName: event.seriesName }),
      });
    });
    const watcher = new ResizeObserver(() => chart.resize());
    watcher.observe(element.current);
    return () => {
      watcher.disconnect();
      chart.dispose();
    };
  }, [option, dark]);
  return <div ref={element} role="img" aria-label={label} style={{ width: '100%', height }} />;
}
