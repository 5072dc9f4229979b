//! The code that reads the program's own types, part by part.

use crate::TraceError;
use quote::{format_ident, quote};
use std::collections::BTreeSet;
use syn::spanned::Spanned;

/// Type parameters that stand for functions; closures cannot be walked.
pub(crate) fn callables(generics: &syn::Generics) -> BTreeSet<String> {
    let calls = |bounds: &syn::punctuated::Punctuated<syn::TypeParamBound, syn::Token![+]>| {
        bounds.iter().any(|bound| match bound {
            syn::TypeParamBound::Trait(t) => {
                let name = t.path.segments.last().map(|s| s.ident.to_string());
                matches!(
                    name.as_deref(),
                    Some("Fn" | "FnMut" | "FnOnce" | "Iterator" | "IntoIterator" | "Future")
                )
            }
            _ => false,
        })
    };
    let mut names = BTreeSet::new();
    for param in generics.type_params() {
        if calls(&param.bounds) {
            names.insert(param.ident.to_string());
        }
    }
    for predicate in generics.where_clause.iter().flat_map(|w| &w.predicates) {
        if let syn::WherePredicate::Type(t) = predicate
            && calls(&t.bounds)
            && let syn::Type::Path(path) = &t.bounded_ty
            && let Some(ident) = path.path.get_ident()
        {
            names.insert(ident.to_string());
        }
    }
    names
}

/// The `Walk` of a struct or enum of the program, on one line.
///
/// ```text
/// in:  struct Song { title: String }
/// out: impl ::__mt::Walk for Song { fn __mt_walk(…) { out.begin(self, "Song", "struct"); … } }
/// ```
pub(crate) fn walker(item: &syn::Item) -> Result<Option<String>, TraceError> {
    let (ident, generics, attributes, body) = match item {
        syn::Item::Struct(s) => {
            let name = s.ident.to_string();
            let style = style(&s.fields);
            let mut body = quote!(out.begin(self, #name, #style););
            for (i, field) in s.fields.iter().enumerate() {
                let (text, member) = match &field.ident {
                    Some(ident) => (ident.to_string(), syn::Member::Named(ident.clone())),
                    None => (i.to_string(), syn::Member::Unnamed(i.into())),
                };
                body.extend(quote! {
                    (&::__mt::At(&raw const self.#member)).__mt_field(out, #text);
                });
            }
            (&s.ident, &s.generics, &s.attrs, quote!(#body out.end();))
        }
        syn::Item::Enum(e) if e.variants.is_empty() => {
            (&e.ident, &e.generics, &e.attrs, quote!(match *self {}))
        }
        syn::Item::Enum(e) => {
            let arms = e.variants.iter().map(|variant| {
                let ident = &variant.ident;
                let name = ident.to_string();
                let style = style(&variant.fields);
                let binds: Vec<_> = (0..variant.fields.len())
                    .map(|i| format_ident!("__mt_f{i}"))
                    .collect();
                let members = variant
                    .fields
                    .iter()
                    .enumerate()
                    .map(|(i, f)| match &f.ident {
                        Some(ident) => syn::Member::Named(ident.clone()),
                        None => syn::Member::Unnamed(i.into()),
                    });
                let names = variant
                    .fields
                    .iter()
                    .enumerate()
                    .map(|(i, f)| match &f.ident {
                        Some(ident) => ident.to_string(),
                        None => i.to_string(),
                    });
                quote! {
                    Self::#ident { #(#members: #binds),* } => {
                        out.begin(self, #name, #style);
                        #( (&::__mt::At(&raw const *#binds)).__mt_field(out, #names); )*
                    }
                }
            });
            let body = quote!(match self { #(#arms)* } out.end(););
            (&e.ident, &e.generics, &e.attrs, body)
        }
        _ => return Ok(None),
    };
    for attribute in attributes {
        if attribute.path().is_ident("repr") && quote!(#attribute).to_string().contains("packed") {
            return Err(TraceError {
                line: attribute.span().start().line,
                message: format!("`{ident}` is packed: its fields cannot be read in place"),
            });
        }
    }
    let mut bounded = generics.clone();
    let calls = callables(generics);
    for param in bounded.type_params_mut() {
        if !calls.contains(&param.ident.to_string()) {
            param.bounds.push(syn::parse_quote!(::__mt::Walk));
        }
    }
    let (head, _, filter) = bounded.split_for_impl();
    let (_, args, _) = generics.split_for_impl();
    let text = quote! {
        impl #head ::__mt::Walk for #ident #args #filter {
            fn __mt_walk(&self, out: &mut ::__mt::Out) {
                #[allow(unused_imports)]
                use ::__mt::pick::*;
                #body
            }
        }
    };
    Ok(Some(text.to_string().replace('\n', " ")))
}

fn style(fields: &syn::Fields) -> &'static str {
    match fields {
        syn::Fields::Named(_) => "struct",
        syn::Fields::Unnamed(_) => "tuple",
        syn::Fields::Unit => "unit",
    }
}
