//! All faults of a body's shape at once. A parser stops at the first, so it is asked again without each value that it
//! refused; the schema that the API document shows tells which fields are missing, unknown or out of their bounds.

#![expect(clippy::indexing_slicing, reason = "a JSON value has null where it has nothing of a name")]

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};

use super::body::{escaped, form_fault};
use super::query::PARAMETER_NAME_MAX;
use crate::error::{At, Fault};
use crate::text;
use crate::validate::Wrong;
use crate::{Code, Result};

/// How many faults are told at once: each costs the parser another look.
pub(super) const FAULTS_MAX: usize = 100;

/// Finds what is wrong with the shape of a body, and with the bounds of what is there.
///
/// # Errors
/// Fails when the schema cannot be written.
pub(super) fn faults_of_shape<T: DeserializeOwned + utoipa::ToSchema>(mut body: Value) -> Result<Vec<Fault>> {
    let mut schemas = Vec::new();
    T::schemas(&mut schemas);
    let schemas = schemas.into_iter().map(|(name, schema)| Ok((name, serde_json::to_value(schema)?)));
    let schemas: HashMap<String, Value> = schemas.collect::<Result<_>>()?;
    let mut shape = Shape { schemas, found: Vec::new(), taken: HashMap::new() };
    shape.check(&serde_json::to_value(T::schema())?, &mut body, "");
    shape.ask_parser::<T>(&mut body);
    shape.found.truncate(FAULTS_MAX);
    Ok(shape.found)
}

struct Shape {
    schemas: HashMap<String, Value>,
    found: Vec<Fault>,
    /// How many elements were taken out at the beginning of a list, by its place: the parser counts from what is left.
    taken: HashMap<String, usize>,
}

impl Shape {
    fn add(&mut self, place: String, wrong: Wrong) {
        self.found.push(Fault { at: At::Pointer(place), code: wrong.code, params: wrong.params });
    }

    /// Compares a value with its schema. What is unknown is taken out, so that the parser need not be asked about it.
    fn check(&mut self, schema: &Value, value: &mut Value, place: &str) {
        let Some(schema) = self.resolved(schema) else { return };
        if self.found.len() >= FAULTS_MAX {
            return;
        }
        match value {
            Value::Object(fields) => self.check_fields(&schema, fields, place),
            Value::Array(items) => {
                let max = schema["maxItems"].as_u64().and_then(|max| usize::try_from(max).ok());
                if let Some(max) = max.filter(|max| items.len() > *max) {
                    self.add(place.to_owned(), Wrong::new(Code::TooMany).with("max", max));
                    items.clear();
                }
                for (number, item) in items.iter_mut().enumerate() {
                    self.check(&schema["items"], item, &format!("{place}/{number}"));
                }
            }
            Value::String(words) => {
                let max = schema["maxLength"].as_u64().and_then(|max| usize::try_from(max).ok());
                let is_longer = |max: &usize| text::kept(words).chars().count() > *max;
                if let Some(max) = max.filter(is_longer) {
                    self.add(place.to_owned(), Wrong::new(Code::TooLong).with("max", max));
                }
            }
            Value::Number(number) => {
                let (min, max) = (schema["minimum"].as_i64(), schema["maximum"].as_i64());
                match number.as_i64() {
                    Some(number) if min.is_some_and(|min| number < min) => {
                        let min = min.unwrap_or_default();
                        self.add(place.to_owned(), Wrong::new(Code::TooSmall).with("min", min));
                    }
                    Some(number) if max.is_some_and(|max| number > max) => {
                        let max = max.unwrap_or_default();
                        self.add(place.to_owned(), Wrong::new(Code::TooMany).with("max", max));
                    }
                    _ => {}
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn check_fields(&mut self, schema: &Value, fields: &mut Map<String, Value>, place: &str) {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                self.add(format!("{place}/{}", escaped(name)), Wrong::new(Code::Required));
            }
        }
        if schema["additionalProperties"] == false {
            fields.retain(|name, _| {
                let is_known = schema["properties"].get(name).is_some();
                if !is_known && self.found.len() < FAULTS_MAX {
                    let name: String = name.chars().take(PARAMETER_NAME_MAX).collect();
                    let wrong = Wrong::new(Code::UnknownField).with("name", &name);
                    self.add(format!("{place}/{}", escaped(&name)), wrong);
                }
                is_known
            });
        }
        for (name, value) in fields {
            if let Some(schema) = schema["properties"].get(name) {
                self.check(schema, value, &format!("{place}/{}", escaped(name)));
            }
        }
    }

    /// The schema that a reference names, or the one way to be something where a value may also be null.
    fn resolved(&self, schema: &Value) -> Option<Value> {
        let mut schema = schema;
        loop {
            if let Some(name) = schema["$ref"].as_str() {
                schema = self.schemas.get(name.rsplit('/').next()?)?;
            } else if let Some(ways) = schema["oneOf"].as_array() {
                let mut ways = ways.iter().filter(|way| way["type"] != "null");
                schema = ways.next()?;
                if ways.next().is_some() {
                    return None;
                }
            } else {
                return Some(schema.clone());
            }
        }
    }

    /// Asks the parser again and again, each time without what it refused.
    fn ask_parser<T: DeserializeOwned>(&mut self, body: &mut Value) {
        while self.found.len() < FAULTS_MAX {
            let Err(error) = serde_path_to_error::deserialize::<_, T>(&*body) else { return };
            let Some(place) = self.take_out(body, error.path()) else { return };
            let fault = form_fault(&place, &error.into_inner().to_string());
            self.add_heard(fault);
            if place.is_empty() {
                return;
            }
        }
    }

    /// Adds what the parser said, unless it is known already, or is only missing because it was taken out.
    fn add_heard(&mut self, fault: Fault) {
        let At::Pointer(place) = &fault.at else { return };
        let within = format!("{place}/");
        let is_known = |known: &Fault| match &known.at {
            At::Pointer(known) => known == place || (fault.code == Code::Required && known.starts_with(&within)),
            _ => false,
        };
        if !self.found.iter().any(is_known) {
            self.found.push(fault);
        }
    }

    /// Takes a value out, so that the parser goes on behind it. Returns the value's place in what was sent.
    fn take_out(&mut self, body: &mut Value, path: &Path) -> Option<String> {
        let mut place = String::new();
        let mut steps = path.iter().peekable();
        let mut at = body;
        while let Some(step) = steps.next() {
            let is_last = steps.peek().is_none();
            match (step, at) {
                (Segment::Map { key }, Value::Object(fields)) => {
                    place.push('/');
                    place.push_str(&escaped(key));
                    if is_last {
                        fields.remove(key);
                        return Some(place);
                    }
                    at = fields.get_mut(key)?;
                }
                (Segment::Seq { index }, Value::Array(items)) => {
                    let taken = self.taken.entry(place.clone()).or_default();
                    place = format!("{place}/{}", *taken + index);
                    if is_last {
                        // What stands before it was found good.
                        items.drain(..=(*index).min(items.len().checked_sub(1)?));
                        *taken += index + 1;
                        return Some(place);
                    }
                    at = items.get_mut(*index)?;
                }
                (_, other) => at = other,
            }
        }
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::{Day, Id};

    #[derive(Debug, Deserialize, utoipa::ToSchema)]
    #[serde(rename_all = "snake_case")]
    enum Colour {
        Red,
        DarkBlue,
    }

    #[derive(Debug, Deserialize, utoipa::ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the refusals are looked at")]
    struct Paper {
        #[schema(max_length = 5)]
        number: String,
        decided_on: Day,
    }

    #[derive(Debug, Deserialize, utoipa::ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the refusals are looked at")]
    struct Asked {
        #[schema(max_length = 5)]
        name: String,
        colour: Colour,
        #[serde(default)]
        is_owner: bool,
        #[schema(minimum = 0, maximum = 10)]
        workers: Option<i64>,
        paper: Option<Paper>,
        #[serde(default)]
        #[schema(max_items = 5)]
        ids: Vec<Id>,
        papers: Option<Vec<Paper>>,
    }

    fn told(body: Value) -> Vec<(String, &'static str)> {
        let faults = faults_of_shape::<Asked>(body).expect("a schema");
        let mut told: Vec<(String, &'static str)> = faults
            .into_iter()
            .map(|fault| match fault.at {
                At::Pointer(place) => (place, fault.code.as_str()),
                other => panic!("{other:?} in a body"),
            })
            .collect();
        told.sort();
        told
    }

    fn same(body: Value, expected: &[(&str, &str)]) {
        let told = told(body.clone());
        let told: Vec<(&str, &str)> = told.iter().map(|(place, code)| (place.as_str(), *code)).collect();
        assert_eq!(told, expected, "{body}");
    }

    #[test]
    fn whatever_is_wrong_with_a_body_is_told_at_once() {
        let id = Id::new().to_string();
        same(json!({"name": "A", "colour": "red"}), &[]);
        same(json!({}), &[("/colour", "required"), ("/name", "required")]);
        same(
            json!({"extra": 1, "a/b~": 2, "name": "too long", "workers": -1, "colour": "green", "is_owner": null}),
            &[
                ("/a~1b~0", "unknown_field"),
                ("/colour", "unknown_value"),
                ("/extra", "unknown_field"),
                ("/is_owner", "wrong_type"),
                ("/name", "too_long"),
                ("/workers", "too_small"),
            ],
        );
        same(
            json!({"paper": {"number": "123456", "x": 1}, "colour": 7, "workers": 11}),
            &[
                ("/colour", "wrong_type"),
                ("/name", "required"),
                ("/paper/decided_on", "required"),
                ("/paper/number", "too_long"),
                ("/paper/x", "unknown_field"),
                ("/workers", "too_many"),
            ],
        );
        same(
            json!({"name": [], "colour": null, "ids": ["x", id, 7, id, "y"], "paper": 1, "workers": "1"}),
            &[
                ("/colour", "wrong_type"),
                ("/ids/0", "bad_format"),
                ("/ids/2", "wrong_type"),
                ("/ids/4", "bad_format"),
                ("/name", "wrong_type"),
                ("/paper", "wrong_type"),
                ("/workers", "wrong_type"),
            ],
        );
        same(
            json!({"name": "A", "colour": "dark_blue", "papers": [
                {"number": "1", "decided_on": "1800-01-01"}, {"number": "1", "decided_on": "2022-01-01"},
                {"number": 1, "decided_on": "2022-13-01"}, {"decided_on": "2022-01-01", "y": 1}, 5]}),
            &[
                ("/papers/0/decided_on", "day_out_of_range"),
                ("/papers/2/decided_on", "bad_format"),
                ("/papers/2/number", "wrong_type"),
                ("/papers/3/number", "required"),
                ("/papers/3/y", "unknown_field"),
                ("/papers/4", "wrong_type"),
            ],
        );
        same(json!("text"), &[("", "wrong_type")]);
    }

    #[test]
    fn a_flood_of_faults_is_told_in_part() {
        let many: Map<String, Value> = (0..100_000).map(|number| (format!("f{number}"), json!(number))).collect();
        assert_eq!(told(Value::Object(many)).len(), FAULTS_MAX);
        same(json!({"name": "A", "colour": "red", "ids": vec![1; 100_000]}), &[("/ids", "too_many")]);
        let many = vec![json!({"number": 1}); 100_000];
        assert_eq!(told(json!({"name": "A", "colour": "red", "papers": many})).len(), FAULTS_MAX);
        let long = told(json!({ "x".repeat(100_000): 1 }));
        assert!(
            long.iter().all(|(place, _)| place.len() <= 65),
            "a name that is none of ours is not repeated at length"
        );
    }
}
