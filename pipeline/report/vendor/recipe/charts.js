// What the report draws with, of Apache ECharts: three charts, on SVG, which prints sharp.
import { use } from "echarts/core";
import { GraphChart, LineChart, SankeyChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";

use([GraphChart, LineChart, SankeyChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, LabelLayout, SVGRenderer]);

export { init } from "echarts/core";
