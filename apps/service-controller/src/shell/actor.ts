/** Actor of the steps of services in the journal. */
export const ACTOR = 'service:service-controller';
