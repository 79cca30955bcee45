//! Closed lists of words in columns of text.

/// Lets enums stand in columns of text, as the word that strum reads and writes. A stored word that is not in the list is a
/// fault of the program or of the database, never of a caller: requests are parsed before.
#[macro_export]
macro_rules! stored_as_words {
    ($($name:ty),+ $(,)?) => {$(
        impl<DB> ::diesel::deserialize::FromSql<::diesel::sql_types::Text, DB> for $name
        where
            DB: ::diesel::backend::Backend,
            String: ::diesel::deserialize::FromSql<::diesel::sql_types::Text, DB>,
        {
            fn from_sql(value: DB::RawValue<'_>) -> ::diesel::deserialize::Result<Self> {
                let word = <String as ::diesel::deserialize::FromSql<::diesel::sql_types::Text, DB>>::from_sql(value)?;
                word.parse().map_err(|_| format!("`{word}` is none of the words of {}", stringify!($name)).into())
            }
        }

        impl<DB> ::diesel::serialize::ToSql<::diesel::sql_types::Text, DB> for $name
        where
            DB: ::diesel::backend::Backend,
            str: ::diesel::serialize::ToSql<::diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut ::diesel::serialize::Output<'b, '_, DB>,
            ) -> ::diesel::serialize::Result {
                let word: &'static str = (*self).into();
                ::diesel::serialize::ToSql::<::diesel::sql_types::Text, DB>::to_sql(word, out)
            }
        }
    )+};
}
