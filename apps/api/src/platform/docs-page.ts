/** The look of /docs: the console's type and colours over the stock page. */
export const docsCss = `
  .swagger-ui .topbar { display: none; }
  body, .swagger-ui, .swagger-ui .info .title, .swagger-ui .opblock-tag, .swagger-ui .opblock .opblock-summary-description, .swagger-ui .btn {
    font-family: 'Inter Variable', Inter, system-ui, sans-serif;
  }
  .swagger-ui .wrapper { max-width: 1080px; }
  .swagger-ui .info { margin: 32px 0 16px; }
  .swagger-ui .info .title { font-size: 24px; font-weight: 600; }
  .swagger-ui .info .title small { background: #6b7280; border-radius: 4px; }
  .swagger-ui .info .title small.version-stamp { background: #0f6b4f; }
  .swagger-ui .scheme-container { box-shadow: none; border-bottom: 1px solid #e5e7eb; padding: 12px 0; }
  .swagger-ui .opblock-tag { font-size: 16px; font-weight: 600; border-bottom: 1px solid #e5e7eb; }
  .swagger-ui .opblock { border-radius: 6px; box-shadow: none; margin: 0 0 8px; }
  .swagger-ui .opblock .opblock-summary-method { border-radius: 4px; min-width: 64px; font-size: 12px; }
  .swagger-ui .btn.authorize { border-color: #0f6b4f; color: #0f6b4f; }
  .swagger-ui .btn.authorize svg { fill: #0f6b4f; }
  .swagger-ui .btn.execute { background: #0f6b4f; border-color: #0f6b4f; }
`;
