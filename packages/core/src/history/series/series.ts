// @holdfast/core/series: what gauges were over time, and what keeps that small.

export { appendSamples, type Sample } from './append-samples.ts';
export { type Compacted, type CompactOptions, compactionDue, compactSeries } from './compact.ts';
export {
  type MetricSeries,
  readSeries,
  type Series,
  type SeriesQuery,
  type SeriesValue,
} from './read-series.ts';
export { type SeriesRetention, seriesRetention, type Tier } from './tiers.ts';
