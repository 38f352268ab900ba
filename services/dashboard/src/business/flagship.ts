/** The pipeline that the business page and the pre-built queries are about. */
export const FLAGSHIP = 'santa-deliveries';
