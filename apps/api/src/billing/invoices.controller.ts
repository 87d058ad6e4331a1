import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Put, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Creates } from '../platform/creates.decorator';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { ChangeInvoice, CreateInvoice, InvoicePage, InvoiceView } from './billing.dto';
import { InvoicesService } from './invoices.service';

const state = { name: 'state', description: 'Only invoices in one of these states, separated by commas.', example: 'open,paid' };
const customerId = { name: 'customerId', description: 'Only invoices of this customer.', example: 'cus_01jdw2f8qtfvkbh1mv4s9aq0ng' };

@ApiTags('Invoices')
@Controller('v1/invoices')
export class InvoicesController {
  constructor(private readonly invoices: InvoicesService) {}

  @Get()
  @Access('billing:read', { scope: 'invoices:read' })
  @RecordedQuery(state, customerId, 'limit', 'cursor', 'order')
  @ApiOperation({ summary: 'List invoices' })
  @ApiOkResponse({ type: InvoicePage })
  list(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<InvoicePage> {
    return this.invoices.list(actor, query);
  }

  @Post()
  @Access('billing:write', { scope: 'invoices:write' })
  @Creates('/v1/invoices')
  @ApiOperation({ summary: 'Create an invoice', description: 'It starts as a draft.' })
  @ApiCreatedResponse({ type: InvoiceView })
  create(@CurrentActor() actor: Actor, @Body() body: CreateInvoice): Promise<InvoiceView> {
    return this.invoices.create(actor, body);
  }

  @Get(':id')
  @Access('billing:read', { scope: 'invoices:read' })
  @ApiOperation({ summary: 'Get an invoice' })
  @ApiOkResponse({ type: InvoiceView })
  get(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<InvoiceView> {
    return this.invoices.get(actor, id);
  }

  @Patch(':id')
  @Refuses('illegal_transition')
  @Access('billing:write', { scope: 'invoices:write' })
  @ApiOperation({
    summary: 'Change fields of an invoice',
    description: 'Any field of a draft, `dueAt` of an open invoice; else 409 `illegal_transition`.',
  })
  @ApiOkResponse({ type: InvoiceView })
  change(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: ChangeInvoice): Promise<InvoiceView> {
    return this.invoices.change(actor, id, body);
  }

  @Put(':id')
  @Refuses('illegal_transition')
  @Access('billing:write', { scope: 'invoices:write' })
  @ApiOperation({ summary: 'Replace a draft', description: 'Drafts only; else 409 `illegal_transition`.' })
  @ApiOkResponse({ type: InvoiceView })
  replace(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: CreateInvoice): Promise<InvoiceView> {
    return this.invoices.replace(actor, id, body);
  }

  @Delete(':id')
  @Refuses('illegal_transition')
  @HttpCode(204)
  @Access('billing:write', { scope: 'invoices:write' })
  @ApiOperation({ summary: 'Delete a draft', description: 'Drafts only; else 409 `illegal_transition`.' })
  @ApiNoContentResponse({ description: 'Deleted' })
  delete(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.invoices.delete(actor, id);
  }

  @Post(':id/finalize')
  @Refuses('illegal_transition')
  @HttpCode(200)
  @Access('billing:write', { scope: 'invoices:write' })
  @ApiOperation({ summary: 'Finalize a draft', description: 'From `draft` to `open`; the invoice gets its number.' })
  @ApiOkResponse({ type: InvoiceView })
  finalize(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<InvoiceView> {
    return this.invoices.finalize(actor, id);
  }

  @Post(':id/pay')
  @Refuses('illegal_transition')
  @HttpCode(200)
  @Access('billing:write', { scope: 'invoices:write' })
  @ApiOperation({ summary: 'Mark an invoice as paid', description: 'From `open` to `paid`, which is final.' })
  @ApiOkResponse({ type: InvoiceView })
  pay(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<InvoiceView> {
    return this.invoices.pay(actor, id);
  }

  @Post(':id/void')
  @Refuses('illegal_transition')
  @HttpCode(200)
  @Access('billing:write', { scope: 'invoices:write' })
  @ApiOperation({ summary: 'Void an invoice', description: 'From `open` to `void`, which is final; the number stays given.' })
  @ApiOkResponse({ type: InvoiceView })
  void(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<InvoiceView> {
    return this.invoices.void(actor, id);
  }
}
