import { runService } from '@medallion/service';
import { startDashboard } from './dashboard.ts';
import { dashboardSettings } from './settings.ts';

await runService({ name: 'dashboard', settings: dashboardSettings, start: startDashboard });
