export { PlaceChanges } from './place-changes.service';
export { changedRule, placeColumnsOf, placeRuleOf, toPlaceView, type PlaceColumns } from './place-rules';
export { PlaceFields, PlaceView } from './restrictions.dto';
export { RestrictionsModule } from './restrictions.module';
export { RestrictionsService } from './restrictions.service';
