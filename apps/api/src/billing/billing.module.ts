import { Module } from '@nestjs/common';
import { CustomersController } from './customers.controller';
import { CustomersService } from './customers.service';
import { InvoicesController } from './invoices.controller';
import { InvoicesService } from './invoices.service';

/** PineBill's own API: the traffic under audit. */
@Module({ controllers: [CustomersController, InvoicesController], providers: [CustomersService, InvoicesService] })
export class BillingModule {}
