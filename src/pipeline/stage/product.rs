//! What is made in a worker while objects are written: pictures for the report, and the scene for
//! the viewer. Each product has parameters and a version of its own, and both are in its key.

use super::{Inputs, Made, Progress, StageError, picture, scene};
use serde::{Deserialize, Serialize};

/// One product, with its parameters.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "product", content = "parameters", rename_all = "snake_case")]
pub enum Product {
    /// Key images of lesions.
    Pictures(picture::Parameters),
    /// One timepoint in the space of the current study.
    Scene(Box<scene::Parameters>),
}

impl Product {
    /// The version of its method.
    pub fn version(&self) -> u32 {
        match self {
            Product::Pictures(_) => picture::VERSION,
            Product::Scene(_) => scene::VERSION,
        }
    }

    /// What decides what comes out: the product, its version and its parameters.
    pub fn decisive(&self) -> Result<String, serde_json::Error> {
        Ok(format!("{} {}", self.version(), serde_json::to_string(self)?))
    }
}

/// Makes one product.
pub fn run(product: &Product, inputs: Inputs, progress: Progress) -> Result<Made, StageError> {
    match product {
        Product::Pictures(parameters) => picture::run(parameters, inputs, progress),
        Product::Scene(parameters) => scene::run(parameters, inputs, progress),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_products_of_like_parameters_have_keys_of_their_own() {
        let pictures = Product::Pictures(picture::Parameters { timepoints: Vec::new() });
        let decisive = pictures.decisive().unwrap();
        assert!(decisive.starts_with("1 ") && decisive.contains("\"pictures\""), "{decisive}");
        let read: Product = serde_json::from_str(decisive.split_once(' ').unwrap().1).unwrap();
        assert!(matches!(read, Product::Pictures(_)));
    }
}
