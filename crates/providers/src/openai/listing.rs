//! The models that a server has, and what it says of them.

use localgpt_protocol::ProviderError;

use crate::{
    Error, ListedModel, ServerOptions,
    catalog::{Listing, Quirks},
    http::{Endpoint, base_url},
    json, server,
};

/// The models that the server has.
pub async fn models(
    server: &ServerOptions,
    quirks: &Quirks,
) -> Result<Vec<ListedModel>, ProviderError> {
    match quirks.listing {
        Listing::Plain => listed(server, "/models").await,
        Listing::LmStudio => match listed_beside(server, "/api/v0/models").await {
            // Older ones have only the usual list.
            Err(ProviderError::Refused { .. } | ProviderError::Protocol { .. }) => {
                listed(server, "/models").await
            }
            listed => listed,
        },
        Listing::LlamaCpp => {
            let mut models = listed(server, "/models").await?;
            // A model can be trained for more than its server was started with.
            match properties(server).await {
                Ok(window) => {
                    for model in &mut models {
                        model.context_window = window.or(model.context_window);
                    }
                }
                Err(error) => {
                    tracing::debug!(error = %error, "the server does not tell its window");
                }
            }
            Ok(models)
        }
    }
}

async fn properties(server: &ServerOptions) -> Result<Option<u32>, ProviderError> {
    let answer = beside(server, "/props")?.get().await?;
    Ok(json::tokens(&json::parse(&answer)?, "/default_generation_settings/n_ctx"))
}

async fn listed(server: &ServerOptions, path: &str) -> Result<Vec<ListedModel>, ProviderError> {
    let base_url = base_url(&server.base_url).map_err(|error| refused(&error))?;
    get(&endpoint(server, &base_url, path)?).await
}

async fn listed_beside(
    server: &ServerOptions,
    path: &str,
) -> Result<Vec<ListedModel>, ProviderError> {
    get(&beside(server, path)?).await
}

async fn get(endpoint: &Endpoint) -> Result<Vec<ListedModel>, ProviderError> {
    Ok(server::listed(&json::parse(&endpoint.get().await?)?))
}

/// What the server has beside the protocol of OpenAI.
fn beside(server: &ServerOptions, path: &str) -> Result<Endpoint, ProviderError> {
    let base_url = base_url(&server.base_url).map_err(|error| refused(&error))?;
    endpoint(server, base_url.strip_suffix("/v1").unwrap_or(&base_url), path)
}

fn endpoint(server: &ServerOptions, base_url: &str, path: &str) -> Result<Endpoint, ProviderError> {
    Endpoint::new(base_url, path, server.api_key.clone(), server.timeouts)
        .map_err(|error| refused(&error))
}

fn refused(error: &Error) -> ProviderError {
    ProviderError::Refused { message: error.to_string() }
}
