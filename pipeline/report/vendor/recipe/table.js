// What the report's tables need of Tabulator.
import {
  AccessorModule, FilterModule, FormatModule, InteractionModule, PageModule, SortModule, Tabulator,
} from "tabulator-tables";

Tabulator.registerModule([AccessorModule, FilterModule, FormatModule, InteractionModule, PageModule, SortModule]);

export { Tabulator };
