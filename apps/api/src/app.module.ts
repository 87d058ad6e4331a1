/** The table of contents: platform, the recorder, the features, and last the door that stands before them all. */
import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from './access';
import { AccessReviewModule } from './access-review';
import { ActivityModule } from './activity';
import { AlertsModule } from './alerts';
import { ApiKeysModule } from './api-keys';
import { AuditLogsModule } from './audit-logs';
import { BillingModule } from './billing';
import type { AppConfig } from './config';
import { DatabaseModule } from './database/database.module';
import { DetectionsModule } from './detections';
import { ExportsModule } from './exports';
import { HygieneModule } from './hygiene';
import { IncidentResponseModule } from './incident-response';
import { LeakIntakeModule } from './leak-intake';
import { MaintenanceModule } from './maintenance';
import { NotificationsModule } from './notifications';
import { OrganizationsModule } from './organizations';
import { PlatformModule } from './platform/platform.module';
import { recording } from './recording';
import { ReferenceModule } from './reference';
import { RestrictionsModule } from './restrictions';
import { SavedViewsModule } from './saved-views';
import { ServicesAndTeamsModule } from './services-and-teams';
import { SystemModule } from './system';
import { WeeklyReviewModule } from './weekly-review';

@Module({})
export class AppModule {
  static with(config: AppConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.with(config),
        DatabaseModule.with(config),
        recording(config),
        NotificationsModule,
        OrganizationsModule,
        ApiKeysModule,
        RestrictionsModule,
        HygieneModule,
        LeakIntakeModule,
        ServicesAndTeamsModule,
        ActivityModule,
        AuditLogsModule,
        SavedViewsModule,
        ExportsModule,
        IncidentResponseModule,
        DetectionsModule,
        AlertsModule,
        BillingModule,
        ReferenceModule,
        MaintenanceModule,
        SystemModule,
        AccessReviewModule,
        WeeklyReviewModule,
        AccessModule,
      ],
    };
  }
}
