using System.Diagnostics.CodeAnalysis;

namespace Backup.Persistence.Catalog;

/// <summary>
/// What an operation of the catalog gives: a value, or the failure that kept it from one. Never both.
/// </summary>
/// <typeparam name="T">The value's type.</typeparam>
public readonly struct CatalogAnswer<T>
{
    private readonly T? _value;

    private CatalogAnswer(T? value, CatalogFailure? failure) => (_value, Failure) = (value, failure);

    /// <summary>Why there is no value; null when there is one.</summary>
    public CatalogFailure? Failure { get; }

    /// <summary>True with the value, false with the failure.</summary>
    /// <param name="value">The value, when true.</param>
    /// <param name="failure">The failure, when false.</param>
    public bool Is([MaybeNullWhen(false)] out T value, [NotNullWhen(false)] out CatalogFailure? failure)
    {
        (value, failure) = (_value, Failure);
        return failure is null;
    }

    /// <summary>
    /// The value, where a failure would be a mistake of the program (tests, checks that were made before).
    /// </summary>
    /// <exception cref="InvalidOperationException">There is a failure; the message is its sentence.</exception>
    public T Value => Failure is null
        ? _value!
        : throw new InvalidOperationException(CatalogFailureText.Sentence(Failure));

    /// <summary>A value.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator CatalogAnswer<T>(T value) => new(value, null);

    /// <summary>A failure.</summary>
    /// <param name="failure">The failure.</param>
    public static implicit operator CatalogAnswer<T>(CatalogFailure failure) => new(default, failure);

    /// <summary>
    /// An answer that holds this value; for interfaces, which the language does not convert by itself.
    /// </summary>
    /// <param name="value">The value.</param>
    public static CatalogAnswer<T> Of(T value) => new(value, null);
}

/// <summary>What an idempotent write found.</summary>
public enum Recorded
{
    /// <summary>It is recorded by this call.</summary>
    Now,

    /// <summary>It was recorded before, with the same content; nothing changed.</summary>
    Before,
}
