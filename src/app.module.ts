import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AlertmanagerController } from './http/alertmanager';
import { HealthController } from './http/health/health.controller';
import { JaegerV1Controller, JaegerV3Controller } from './http/jaeger';
import { prometheusControllers } from './http/prometheus';
import { PrometheusReadController } from './http/prometheus-read/prometheus-read.controller';
import { PrometheusWriteController } from './http/prometheus-write/prometheus-write.controller';
import { BacktestController, ReloadController, RulesController } from './http/rules';
import { RunbooksController } from './http/runbooks';
import { AlertsController } from './http/stack/alerts.controller';
import { DashboardsController } from './http/stack/dashboards.controller';
import { KeptController } from './http/stack/kept.controller';
import { LedgerController } from './http/stack/ledger.controller';
import { LogsController } from './http/stack/logs.controller';
import { RedactionController } from './http/stack/redaction.controller';
import { ReportsController } from './http/stack/reports.controller';
import { ReportSchedulesController } from './http/stack/report-schedules.controller';
import { RuleSourceController } from './http/stack/rule-source.controller';
import { TraceDetailController } from './http/stack/trace-detail.controller';
import { TraceSearchController } from './http/stack/trace-search.controller';
import { StackTracesController } from './http/stack/traces.controller';
import { UiController } from './http/ui/ui.controller';
import type { Stack } from './stack/stack';

/** All HTTP APIs of a stack on one port. */
@Module({})
export class AppModule {
  /** The controllers, with the stack's parts bound to the tokens that they ask for. */
  static forStack(stack: Stack): DynamicModule {
    return {
      module: AppModule,
      controllers: [
        HealthController,
        ...prometheusControllers,
        PrometheusReadController,
        PrometheusWriteController,
        RulesController,
        BacktestController,
        RunbooksController,
        ReloadController,
        AlertmanagerController,
        JaegerV1Controller,
        JaegerV3Controller,
        AlertsController,
        DashboardsController,
        KeptController,
        LedgerController,
        LogsController,
        RedactionController,
        ReportsController,
        ReportSchedulesController,
        RuleSourceController,
        // Before the next: `traces/live` is no trace's id.
        TraceSearchController,
        TraceDetailController,
        StackTracesController,
        UiController,
      ],
      providers: stack.bindings.map(([provide, useValue]) => ({ provide, useValue })),
    };
  }
}
