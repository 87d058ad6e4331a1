export { settleOwners, type Owners } from './owners.queries';
export { ServicesAndTeamsModule } from './services-and-teams.module';
