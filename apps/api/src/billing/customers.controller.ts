import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Put, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, CurrentActor } from '../platform/access.decorator';
import type { Actor } from '../platform/actor';
import { Creates } from '../platform/creates.decorator';
import { RecordedQuery } from '../platform/recorded-query.decorator';
import { Refuses } from '../platform/refuses.decorator';
import { ChangeCustomer, CreateCustomer, CustomerPage, CustomerView } from './billing.dto';
import { CustomersService } from './customers.service';

const email = {
  name: 'email',
  description: 'Only customers with this address; upper and lower case are the same.',
  example: 'billing@acme.example',
};

@ApiTags('Customers')
@Controller('v1/customers')
export class CustomersController {
  constructor(private readonly customers: CustomersService) {}

  @Get()
  @Access('billing:read', { scope: 'customers:read' })
  @RecordedQuery(email, 'limit', 'cursor', 'order')
  @ApiOperation({ summary: 'List customers' })
  @ApiOkResponse({ type: CustomerPage })
  list(@CurrentActor() actor: Actor, @Query() query: unknown): Promise<CustomerPage> {
    return this.customers.list(actor, query);
  }

  @Post()
  @Access('billing:write', { scope: 'customers:write' })
  @Creates('/v1/customers')
  @ApiOperation({ summary: 'Create a customer' })
  @ApiCreatedResponse({ type: CustomerView })
  create(@CurrentActor() actor: Actor, @Body() body: CreateCustomer): Promise<CustomerView> {
    return this.customers.create(actor, body);
  }

  @Get(':id')
  @Access('billing:read', { scope: 'customers:read' })
  @ApiOperation({ summary: 'Get a customer' })
  @ApiOkResponse({ type: CustomerView })
  get(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<CustomerView> {
    return this.customers.get(actor, id);
  }

  @Patch(':id')
  @Access('billing:write', { scope: 'customers:write' })
  @ApiOperation({ summary: 'Change fields of a customer' })
  @ApiOkResponse({ type: CustomerView })
  change(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: ChangeCustomer): Promise<CustomerView> {
    return this.customers.change(actor, id, body);
  }

  @Put(':id')
  @Access('billing:write', { scope: 'customers:write' })
  @ApiOperation({ summary: 'Replace a customer', description: 'Fields that are left out become null.' })
  @ApiOkResponse({ type: CustomerView })
  replace(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: CreateCustomer): Promise<CustomerView> {
    return this.customers.replace(actor, id, body);
  }

  @Delete(':id')
  @Refuses('customer_in_use')
  @HttpCode(204)
  @Access('billing:write', { scope: 'customers:write' })
  @ApiOperation({ summary: 'Delete a customer', description: 'Not while it has invoices: 409 `customer_in_use`.' })
  @ApiNoContentResponse({ description: 'Deleted' })
  delete(@CurrentActor() actor: Actor, @Param('id') id: string): Promise<void> {
    return this.customers.delete(actor, id);
  }
}
